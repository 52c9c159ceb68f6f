/** One part of a surface. What it shows is the server's; a press only says what was pressed. */
import type { SurfacePart } from "@dispatch/wire";
import type { JSX } from "preact";
import { ConfirmButton } from "../shell/confirm-button.tsx";
import { NumberField } from "./number-field.tsx";
import { PartTable } from "./part-table.tsx";

export interface DrawnPartProps {
  readonly part: SurfacePart;
  readonly onInvoke: (action: string, value: unknown) => void;
}

export function DrawnPart({ part, onInvoke }: DrawnPartProps): JSX.Element | null {
  const id = `part-${part.id}`;
  switch (part.kind) {
    case "stat":
      return (
        <div class="part">
          <span>{part.label}</span>
          <strong>
            {part.value}
            {part.unit && ` ${part.unit}`}
          </strong>
        </div>
      );
    case "progress":
      return (
        <div class="part">
          <label for={id}>{part.label}</label>
          <progress id={id} value={part.value} max={part.max} />
        </div>
      );
    case "toggle":
      return (
        <div class="part">
          <span id={id}>{part.label}</span>
          <button
            type="button"
            role="switch"
            class="switch"
            aria-labelledby={id}
            aria-checked={part.value}
            onClick={() => onInvoke(part.action, !part.value)}
          />
        </div>
      );
    case "number":
      return (
        <div class="part">
          <label for={id}>{part.label}</label>
          <NumberField id={id} part={part} onChange={(value) => onInvoke(part.action, value)} />
        </div>
      );
    case "selector":
      return (
        <div class="part">
          <label for={id}>{part.label}</label>
          <select
            id={id}
            class="picker"
            value={part.value}
            onChange={(event) => onInvoke(part.action, event.currentTarget.value)}
          >
            {part.options.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </div>
      );
    case "button":
      return (
        <div class="part">
          {part.danger ? (
            <ConfirmButton
              question={`${part.label}: sure?`}
              onConfirm={() => onInvoke(part.action, part.value)}
            >
              {part.label}
            </ConfirmButton>
          ) : (
            <button type="button" onClick={() => onInvoke(part.action, part.value)}>
              {part.label}
            </button>
          )}
        </div>
      );
    case "table":
      return <PartTable part={part} onInvoke={onInvoke} />;
    case "custom":
      return null; // for clients that know its type
  }
}
