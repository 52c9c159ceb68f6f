/**
 * Finds a text in another in linear time (Knuth–Morris–Pratt). `indexOf` is faster on ordinary texts, but both texts
 * come from outside, and some pairs would keep it busy for minutes.
 */

/** Where `needle` begins in `text`, in order, overlapping ones too; at most `limit` places. `needle` is not empty. */
export function findAll(text: string, needle: string, limit: number): number[] {
  const borders = bordersOf(needle);
  const found: number[] = [];
  let matched = 0;
  for (let at = 0; at < text.length && found.length < limit; at++) {
    const unit = text.charCodeAt(at);
    while (matched > 0 && needle.charCodeAt(matched) !== unit) matched = borders[matched - 1] ?? 0;
    if (needle.charCodeAt(matched) === unit) matched += 1;
    if (matched < needle.length) continue;
    found.push(at + 1 - needle.length);
    matched = borders[matched - 1] ?? 0;
  }
  return found;
}

/** For each prefix of `needle` the length of the longest shorter one that it also ends with. */
function bordersOf(needle: string): Int32Array {
  const borders = new Int32Array(needle.length);
  let length = 0;
  for (let at = 1; at < needle.length; at++) {
    const unit = needle.charCodeAt(at);
    while (length > 0 && needle.charCodeAt(length) !== unit) length = borders[length - 1] ?? 0;
    if (needle.charCodeAt(length) === unit) length += 1;
    borders[at] = length;
  }
  return borders;
}
