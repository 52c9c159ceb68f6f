/** What a model thought, folded away; while it thinks, its last line is shown. */
import type { JSX } from "preact";

export interface ReasoningProps {
  readonly text: string;
  readonly isOpen: boolean;
}

export function Reasoning({ text, isOpen }: ReasoningProps): JSX.Element {
  const last = isOpen ? text.trimEnd().split("\n").at(-1)?.slice(-160) : undefined;
  return (
    <details class="reasoning">
      <summary>
        <span>{isOpen ? "Thinking" : "Thought"}</span>
        {last && <span class="last-line">{last}</span>}
      </summary>
      <div class="reasoning-text">{text}</div>
    </details>
  );
}
