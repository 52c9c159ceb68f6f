/** How a turn ended: quiet when it went well, readable when it did not. */
import type { JSX } from "preact";
import type { TurnFacts } from "../live/facts.ts";
import { endText, errorText } from "./turn-text.ts";

export function EndLine({ facts }: { readonly facts: TurnFacts }): JSX.Element {
  const { error, notices, reason } = facts;
  return (
    <div class="end">
      {notices.map(({ level, text }) => (
        <p key={text} class={`turn-notice ${level}`}>
          {text}
        </p>
      ))}
      {error && reason !== "completed" && (
        <p class="turn-error" role="alert">
          {errorText(error)}
        </p>
      )}
      {reason !== undefined && <p class="end-text">{endText(facts)}</p>}
    </div>
  );
}
