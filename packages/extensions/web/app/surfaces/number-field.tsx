/** A number of a surface: sent when it is left or confirmed, not at every key. */
import type { SurfacePart } from "@dispatch/wire";
import type { JSX } from "preact";
import { useState } from "preact/hooks";

export interface NumberFieldProps {
  readonly id: string;
  readonly part: Extract<SurfacePart, { kind: "number" }>;
  readonly onChange: (value: number) => void;
}

export function NumberField({ id, part, onChange }: NumberFieldProps): JSX.Element {
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const keep = () => {
    const value = Number(typed);
    if (typed !== undefined && typed.trim() !== "" && Number.isFinite(value) && value !== part.value)
      onChange(value);
    setTyped(undefined);
  };
  return (
    <input
      id={id}
      type="number"
      value={typed ?? part.value}
      min={part.min}
      max={part.max}
      onInput={(event) => setTyped(event.currentTarget.value)}
      onBlur={keep}
      onKeyDown={(event) => event.key === "Enter" && keep()}
    />
  );
}
