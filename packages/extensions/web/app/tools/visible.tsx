/** Text in which nothing can hide: what would not be seen is named. */
import type { JSX } from "preact";
import { visibleText } from "../text/visible-text.ts";

/** More elements than this a page could not draw. */
const mostPieces = 2_000;

export function Visible({ text }: { readonly text: string }): JSX.Element {
  return (
    <bdi class="visible">
      {visibleText(text, mostPieces).map((piece, index) =>
        piece.isName ? (
          <mark key={index} title="a character that would not be seen">
            {piece.text}
          </mark>
        ) : (
          piece.text
        ),
      )}
    </bdi>
  );
}
