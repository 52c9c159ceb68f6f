/** Text in which nothing can hide: what would not be seen is named. */
import type { JSX } from "preact";
import { visibleText } from "../text/visible-text.ts";

/** More pieces than this no honest text has, and a page could not draw them. */
const mostPieces = 2_000;

export function Visible({ text }: { readonly text: string }): JSX.Element {
  const pieces = visibleText(text);
  return (
    <bdi class="visible">
      {pieces.slice(0, mostPieces).map((piece, index) =>
        piece.isName ? (
          <mark key={index} title="a character that would not be seen">
            {piece.text}
          </mark>
        ) : (
          piece.text
        ),
      )}
      {pieces.length > mostPieces && <mark>and more: too many characters here would not be seen</mark>}
    </bdi>
  );
}
