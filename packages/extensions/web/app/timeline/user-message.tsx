/** What a person wrote, as it was written. */
import type { JSX } from "preact";

export interface UserMessageProps {
  readonly text: string;
  readonly images?: number;
  /** Not acknowledged yet. */
  readonly isPending?: boolean;
}

export function UserMessage({ text, images = 0, isPending = false }: UserMessageProps): JSX.Element {
  return (
    <div class={`user${isPending ? " pending" : ""}`}>
      <div class="bubble">
        {text}
        {images > 0 && <div class="attached">{images === 1 ? "1 picture" : `${images} pictures`}</div>}
      </div>
      {isPending && <div class="pending-note">sending…</div>}
    </div>
  );
}
