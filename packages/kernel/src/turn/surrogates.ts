/** UTF-16 surrogate pairs: where a text may be cut so that both halves of a pair stay together. */

const isHigh = (unit: number): boolean => (unit & 0xfc00) === 0xd800;
const isLow = (unit: number): boolean => (unit & 0xfc00) === 0xdc00;

/** The first half of a pair is at the end; the second may follow in the next piece. */
export const endsHigh = (text: string): boolean => isHigh(text.charCodeAt(text.length - 1));

/** The longest prefix of at most `length` code units that splits no pair, as its length. */
export function cutBefore(text: string, length: number): number {
  if (length >= text.length) return text.length;
  if (length <= 0) return 0;
  return isHigh(text.charCodeAt(length - 1)) && isLow(text.charCodeAt(length)) ? length - 1 : length;
}

/** At most `length` code units of `text`; what was shortened ends in an ellipsis. */
export const shorten = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, cutBefore(text, length - 1))}…`;
