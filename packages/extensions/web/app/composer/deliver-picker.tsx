/** When a message that is written into a running turn is delivered. */
import type { JSX } from "preact";
import type { Deliver } from "../sending/sending.ts";

export interface DeliverPickerProps {
  readonly value: Deliver;
  readonly onChange: (value: Deliver) => void;
}

const words: readonly (readonly [Deliver, string])[] = [
  ["steer", "after this step"],
  ["followup", "after this turn"],
  ["interrupt", "now, stopping it"],
];

export function DeliverPicker({ value, onChange }: DeliverPickerProps): JSX.Element {
  return (
    <select
      class="picker"
      aria-label="When to deliver"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value as Deliver)}
    >
      {words.map(([deliver, text]) => (
        <option key={deliver} value={deliver}>
          {text}
        </option>
      ))}
    </select>
  );
}
