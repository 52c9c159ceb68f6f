/** How long a text is in UTF-8, and how much of it fits a number of bytes, without encoding it. */

/** Bytes and code units of the character at `index`. A surrogate without partner becomes U+FFFD: three bytes. */
function sizeAt(text: string, index: number): { bytes: number; units: number } {
  const code = text.codePointAt(index) ?? 0;
  if (code < 0x80) return ascii;
  if (code < 0x800) return two;
  return code < 0x10000 ? three : four;
}
const ascii = { bytes: 1, units: 1 };
const two = { bytes: 2, units: 1 };
const three = { bytes: 3, units: 1 };
const four = { bytes: 4, units: 2 };

export function utf8Length(text: string, from = 0, to = text.length): number {
  let bytes = 0;
  for (let index = from; index < to; ) {
    const size = sizeAt(text, index);
    bytes += size.bytes;
    index += size.units;
  }
  return bytes;
}

/** Index up to which whole characters fit into `budget` bytes. */
export function headWithin(text: string, budget: number): number {
  let left = budget;
  let index = 0;
  while (index < text.length) {
    const size = sizeAt(text, index);
    if (size.bytes > left) break;
    left -= size.bytes;
    index += size.units;
  }
  return index;
}

/** Index from which on whole characters fit into `budget` bytes. */
export function tailWithin(text: string, budget: number): number {
  let left = budget;
  let index = text.length;
  while (index > 0) {
    // A pair is read from its first half, when there is one.
    const start = index > 1 && (text.codePointAt(index - 2) ?? 0) > 0xffff ? index - 2 : index - 1;
    const { bytes } = sizeAt(text, start);
    if (bytes > left) break;
    left -= bytes;
    index = start;
  }
  return index;
}
