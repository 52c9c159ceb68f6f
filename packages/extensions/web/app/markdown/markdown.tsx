/** A message's Markdown, drawn while it grows: finished blocks are not drawn again. */
import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { drawToken } from "./draw-tokens.tsx";
import { type Block, createMarkdownReader } from "./lex.ts";

export function Markdown({ text }: { readonly text: string }): JSX.Element {
  const reader = useRef(createMarkdownReader());
  return (
    <div class="markdown">
      {reader.current(text).map((block) => (
        <DrawnBlock key={block.at} block={block} />
      ))}
    </div>
  );
}

/** The same elements for the same block, which tells Preact that there is nothing to compare. */
function DrawnBlock({ block }: { readonly block: Block }): JSX.Element {
  return useMemo(() => <>{drawToken(block.token)}</>, [block]);
}
