/** What the next message brings along: chosen by a button, pasted or dropped; each can be taken back. */
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { Icon } from "../shell/icon.tsx";
import { Visible } from "../tools/visible.tsx";
import type { Attachments } from "./use-attachments.ts";

export function AttachedFiles({ files, remove }: Attachments): JSX.Element | null {
  if (files.length === 0) return null;
  return (
    <ul class="attached-files" aria-label="Attachments">
      {files.map(({ key, name, attachment }) => (
        <li key={key} class={attachment ? "" : "pending"}>
          <span class="file-name">
            <Visible text={name} />
          </span>
          {!attachment && <span class="pending-note">uploading…</span>}
          <button
            type="button"
            class="quiet icon-only"
            aria-label={`Remove ${name}`}
            title="Remove"
            onClick={() => remove(key)}
          >
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}

export function AttachButton({ add }: Pick<Attachments, "add">): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={field}
        type="file"
        multiple={true}
        hidden={true}
        aria-label="Files to attach"
        onChange={({ currentTarget }) => {
          add([...(currentTarget.files ?? [])]);
          currentTarget.value = ""; // the same file may be chosen again
        }}
      />
      <button
        type="button"
        class="quiet icon-only"
        aria-label="Attach files"
        title="Attach files"
        onClick={() => field.current?.click()}
      >
        <Icon name="clip" />
      </button>
    </>
  );
}
