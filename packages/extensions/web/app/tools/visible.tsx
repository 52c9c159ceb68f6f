/** Text in which nothing can hide: what would not be seen is named. */
import type { JSX } from "preact";
import { visibleText } from "../text/visible-text.ts";

export function Visible({ text }: { readonly text: string }): JSX.Element {
  return (
    <bdi class="visible">
      {visibleText(text).map((piece, index) =>
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
