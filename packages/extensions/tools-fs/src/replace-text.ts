/**
 * The decision of an edit: which part of a text is replaced by what. Pure. Line ends do not count when looking, since a
 * model sees and writes `\n`; what is put in gets the line ends of the place it comes to.
 */
import { findAll } from "./find-all.ts";

export interface Replacement {
  readonly oldText: string;
  readonly newText: string;
  readonly replaceAll: boolean;
}

export type Replaced =
  | { readonly kind: "replaced"; readonly text: string; readonly count: number }
  | { readonly kind: "missing" }
  /** More than `maxOccurrences`, or a result longer than `maxLength`. */
  | { readonly kind: "too-large" }
  /** `lines`: where the occurrences begin, counted from 1, at most ten. `more`: there are others. */
  | { readonly kind: "ambiguous"; readonly lines: readonly number[]; readonly more: boolean };

const shownLines = 10;
export const maxOccurrences = 100_000;

/**
 * `oldText` is not empty, and differs from `newText` in more than line ends. `maxLength`: of the result, in UTF-16 code
 * units.
 */
export function replaceText(
  text: string,
  { oldText, newText, replaceAll }: Replacement,
  maxLength: number,
): Replaced {
  const plain = withoutReturns(text);
  const needle = toLf(oldText);
  const limit = replaceAll ? maxOccurrences + 1 : shownLines + 1;
  const places = findAll(plain.text, needle, limit);
  if (places.length === 0) return { kind: "missing" };
  if (places.length > 1 && !replaceAll) {
    const lines = linesAt(plain.text, places.slice(0, shownLines));
    return { kind: "ambiguous", lines, more: places.length > shownLines };
  }

  const put = toLf(newText);
  const grown = text.length + places.length * (put.length - needle.length);
  if (places.length > maxOccurrences || grown > maxLength) return { kind: "too-large" };

  const fileEnd = lineEndOf(text);
  const pieces: string[] = [];
  let count = 0;
  let rest = 0; // in the plain text: what is not yet copied or replaced
  for (const place of places) {
    if (place < rest) continue; // overlaps with the one before
    const before = text.slice(plain.original(rest), plain.original(place));
    const replaced = text.slice(plain.original(place), plain.original(place + needle.length));
    const end = lineEndOf(replaced) ?? fileEnd ?? "\n";
    pieces.push(before, end === "\n" ? put : put.replaceAll("\n", end));
    rest = place + needle.length;
    count += 1;
  }
  pieces.push(text.slice(plain.original(rest)));
  return { kind: "replaced", text: pieces.join(""), count };
}

export const toLf = (text: string): string => text.replaceAll("\r\n", "\n");

/** The first line end of a text. */
function lineEndOf(text: string): "\n" | "\r\n" | undefined {
  const at = text.indexOf("\n");
  if (at === -1) return undefined;
  return text[at - 1] === "\r" ? "\r\n" : "\n";
}

/** The text with `\n` as its only line end; `original` leads from a place in it back, growing ones in order. */
function withoutReturns(text: string): { readonly text: string; original(place: number): number } {
  const returns: number[] = []; // where, in the new text, the "\n" stands that lost its "\r"
  for (let at = text.indexOf("\r\n"); at !== -1; at = text.indexOf("\r\n", at + 2))
    returns.push(at - returns.length);
  let before = 0;
  return {
    text: returns.length === 0 ? text : toLf(text),
    original(place) {
      // Places are asked for in order, so that this walks over `returns` once.
      while (before < returns.length && (returns[before] ?? 0) < place) before += 1;
      return place + before;
    },
  };
}

/** The lines in which places lie, from 1, each once. `places` in order. */
function linesAt(text: string, places: readonly number[]): readonly number[] {
  const lines = new Set<number>();
  let line = 1;
  let from = 0;
  for (const place of places) {
    for (let at = text.indexOf("\n", from); at !== -1 && at < place; at = text.indexOf("\n", from)) {
      line += 1;
      from = at + 1;
    }
    lines.add(line);
  }
  return [...lines];
}
