/** How the connection stands: a quiet word when all is well, a plain one when it is not. */
import type { JSX } from "preact";
import { connectionText } from "../live/connection-text.ts";
import { useStore } from "./store-context.ts";
import { useNow } from "./use-now.ts";

export function ConnectionLine(): JSX.Element {
  const { connection, hasBeenOpen, live } = useStore();
  const state = connection.value;
  const now = useNow(state.kind === "waiting");
  const { tone, text, canRetry } = connectionText(state, hasBeenOpen.value, now);
  return (
    <div class={`connection ${tone}`} role="status" aria-live="polite">
      <span class="dot" aria-hidden="true" />
      <span class="words">{text}</span>
      {canRetry && (
        <button type="button" class="quiet small" onClick={() => live.retry()}>
          Now
        </button>
      )}
    </div>
  );
}
