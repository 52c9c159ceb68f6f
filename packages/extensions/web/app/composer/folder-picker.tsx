/** Where a new conversation works: the server's folder, one of the recent ones, or one whose path is typed. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Icon } from "../shell/icon.tsx";
import { useStore } from "../shell/store-context.ts";
import { folderOptions } from "./folders.ts";

/** No path is like it. */
const another = "\0another";

export function FolderPicker(): JSX.Element {
  const { beginning, rows, defaults } = useStore();
  const { folder } = beginning.now.value;
  const refusal = beginning.refusal.value;
  const [isTyping, setTyping] = useState(refusal !== undefined);
  const standard = defaults.value?.cwd?.value;
  const options = folderOptions(
    rows.value.values(),
    folder,
    typeof standard === "string" ? standard : undefined,
  );
  return (
    <div class="folder">
      <div class="folder-line">
        <Icon name="folder" />
        {isTyping || refusal !== undefined ? (
          <>
            <input
              class="folder-path"
              aria-label="Working folder"
              aria-invalid={refusal !== undefined}
              aria-describedby={refusal === undefined ? undefined : "folder-refusal"}
              placeholder="/path/of/a/folder on the server"
              autocapitalize="off"
              autocomplete="off"
              spellcheck={false}
              value={folder}
              onInput={(event) => {
                setTyping(true);
                beginning.set({ folder: event.currentTarget.value });
              }}
            />
            <button
              type="button"
              class="quiet icon-only"
              aria-label="Choose from the list"
              title="Choose from the list"
              onClick={() => {
                if (refusal !== undefined) beginning.set({ folder: "" });
                setTyping(false);
              }}
            >
              <Icon name="close" />
            </button>
          </>
        ) : (
          <select
            class="picker folder-choice"
            aria-label="Working folder"
            title={folder || (typeof standard === "string" ? standard : undefined)}
            value={folder}
            onChange={({ currentTarget: { value } }) => {
              if (value === another) setTyping(true);
              else beginning.set({ folder: value });
            }}
          >
            {options.map(({ path, label }) => (
              <option key={path} value={path}>
                {label}
              </option>
            ))}
            <option value={another}>Another folder…</option>
          </select>
        )}
      </div>
      {refusal !== undefined && (
        <p class="folder-refusal" id="folder-refusal" role="alert">
          {refusal}
        </p>
      )}
    </div>
  );
}
