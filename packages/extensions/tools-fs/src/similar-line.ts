/** Helps when a text to replace is not in the file: the line that looks most like it. Pure. */

export interface SimilarLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  /** It is the same but for the blanks around it. */
  readonly same: boolean;
}

/** Lines of a file that are looked at, and characters of a line. */
const maxLines = 20_000;
const maxLength = 200;
/** Shared pairs of characters, of all pairs, from which on two lines are called similar. */
const threshold = 0.6;

/** The line of `text` most like the first line of `wanted` that is not blank. */
export function similarLine(text: string, wanted: string): SimilarLine | undefined {
  const target = wanted
    .split("\n")
    .find((line) => line.trim() !== "")
    ?.trim()
    .slice(0, maxLength);
  if (target === undefined) return undefined;
  const pairs = pairsOf(target);
  let best: { index: number; score: number } | undefined;
  const lines = text.split("\n", maxLines);
  for (const [index, line] of lines.entries()) {
    const trimmed = line.trim().slice(0, maxLength);
    const score = trimmed === target ? 1 : Math.min(likeness(pairs, pairsOf(trimmed)), 0.999);
    if (score >= threshold && score > (best?.score ?? 0)) best = { index, score };
  }
  if (best === undefined) return undefined;
  return {
    line: best.index + 1,
    text: (lines[best.index] ?? "").slice(0, maxLength),
    same: best.score === 1,
  };
}

type Pairs = ReadonlyMap<string, number>;

function pairsOf(line: string): Pairs {
  const pairs = new Map<string, number>();
  for (let at = 0; at + 1 < line.length; at++) {
    const pair = line.slice(at, at + 2);
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  return pairs;
}

const sizeOf = (pairs: Pairs): number => [...pairs.values()].reduce((sum, count) => sum + count, 0);

/** 0 = nothing in common, 1 = the same pairs (Sørensen–Dice). */
function likeness(a: Pairs, b: Pairs): number {
  let common = 0;
  for (const [pair, count] of a) common += Math.min(count, b.get(pair) ?? 0);
  const all = sizeOf(a) + sizeOf(b);
  return all === 0 ? 0 : (2 * common) / all;
}
