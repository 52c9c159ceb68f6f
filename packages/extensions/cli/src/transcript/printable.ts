/** Text of models and tools made safe for a screen: a terminal takes some of it as orders otherwise. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it removes
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Without control characters; tabs and line feeds stay. Works on pieces: no sequence can hide in a cut. */
export const printable = (text: string): string => text.replace(controls, "");

/**
 * JSON with nothing hidden: control characters, direction marks and other invisible ones are shown as escapes. For what a
 * person decides on, so nothing is shortened either.
 */
export const truthful = (value: unknown): string =>
  (JSON.stringify(value) ?? "").replace(
    /[\p{C}\p{Zl}\p{Zp}\u00a0\u115f\u1160\u3164]|\u034f/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );

/** Marks that turn the order of what follows around. */
const turns = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** One line, at most `length` characters, that reads in the order it is written. */
export function oneLine(text: string, length = 100): string {
  const line = printable(text).replace(turns, "").replace(/\s+/g, " ").trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
