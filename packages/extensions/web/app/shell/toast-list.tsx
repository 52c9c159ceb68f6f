/** Toasts, told to screen readers as they come. */
import type { JSX } from "preact";
import type { Toasts } from "../live/toasts.ts";
import { Icon } from "./icon.tsx";

export function ToastList({ toasts }: { readonly toasts: Toasts }): JSX.Element {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.shown.value.map(({ id, level, text }) => (
        <div key={id} class={`toast ${level}`}>
          <span>{text}</span>
          <button
            type="button"
            class="quiet icon-only"
            aria-label="Dismiss"
            onClick={() => toasts.dismiss(id)}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
