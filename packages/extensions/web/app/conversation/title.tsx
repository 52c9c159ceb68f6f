/** A title that becomes a field when it is pressed: Enter keeps, Escape leaves it as it was. */
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

export interface TitleProps {
  readonly title: string;
  readonly onChange: (title: string) => void;
}

export function Title({ title, onChange }: TitleProps): JSX.Element {
  const [edited, setEdited] = useState<string | undefined>(undefined);
  const isOver = useRef(false);
  if (edited === undefined)
    return (
      <h1 class="title">
        <button
          type="button"
          class="quiet"
          title="Change the title"
          onClick={() => {
            isOver.current = false;
            setEdited(title);
          }}
        >
          {title || "…"}
        </button>
      </h1>
    );
  // A field that goes away loses the focus too: what ends it first counts.
  const end = (isKept: boolean) => {
    if (isOver.current) return;
    isOver.current = true;
    const next = edited.trim();
    if (isKept && next !== "" && next !== title) onChange(next);
    setEdited(undefined);
  };
  return (
    <input
      class="title-field"
      aria-label="Title"
      maxLength={500}
      value={edited}
      ref={(element) => element?.focus()}
      onInput={(event) => setEdited(event.currentTarget.value)}
      onBlur={() => end(true)}
      onKeyDown={(event) => {
        if (event.key === "Enter") end(true);
        if (event.key === "Escape") {
          event.stopPropagation();
          end(false);
        }
      }}
    />
  );
}
