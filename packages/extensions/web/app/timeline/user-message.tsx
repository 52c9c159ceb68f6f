/** What a person wrote, as it was written, and what came along. */
import type { JSX } from "preact";

export interface UserMessageProps {
  readonly text: string;
  readonly files?: readonly { readonly mimeType: string }[];
  /** Not acknowledged yet. */
  readonly isPending?: boolean;
}

export function UserMessage({ text, files = [], isPending = false }: UserMessageProps): JSX.Element {
  return (
    <div class={`user${isPending ? " pending" : ""}`}>
      <div class="bubble">
        {text}
        {files.length > 0 && <div class="attached">{countOf(files)}</div>}
      </div>
      {isPending && <div class="pending-note">sending…</div>}
    </div>
  );
}

/** "2 pictures, 1 file" */
function countOf(files: NonNullable<UserMessageProps["files"]>): string {
  const pictures = files.filter(({ mimeType }) => mimeType.startsWith("image/")).length;
  const others = files.length - pictures;
  const said = (count: number, word: string) =>
    count === 0 ? [] : [`${count} ${word}${count === 1 ? "" : "s"}`];
  return [...said(pictures, "picture"), ...said(others, "file")].join(", ");
}
