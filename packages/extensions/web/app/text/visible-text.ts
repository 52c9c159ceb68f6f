/** Text as it is: characters that draw nothing or turn the order of others around are shown by name, so none can hide. */

/** Controls but tab and newline, formats (bidi, zero widths, tags), halves of characters, spaces but the one, fillers. */
const hidden = /[^\P{C}\t\n]|[^\P{Z} ]|\p{Default_Ignorable_Code_Point}/gu;

/** A piece of text; `isName`: it stands for a character that would not be seen. */
export interface VisiblePiece {
  readonly text: string;
  readonly isName: boolean;
}

/**
 * `most`: pieces beyond them are one, with the names in brackets: nothing of a text is ever left out.
 * @example
 * visibleText("rm\u202e x"); // [{ text: "rm" }, { text: "U+202E", isName: true }, { text: " x" }]
 */
export function visibleText(text: string, most: number = Number.POSITIVE_INFINITY): VisiblePiece[] {
  const pieces: VisiblePiece[] = [];
  let at = 0;
  for (const match of text.matchAll(hidden)) {
    if (pieces.length + 3 > most) break;
    if (match.index > at) pieces.push({ text: text.slice(at, match.index), isName: false });
    pieces.push({ text: nameOf(match[0]), isName: true });
    at = match.index + match[0].length;
  }
  const rest = text.slice(at).replace(hidden, (character) => `[${nameOf(character)}]`);
  if (rest !== "") pieces.push({ text: rest, isName: false });
  return pieces;
}

const nameOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
