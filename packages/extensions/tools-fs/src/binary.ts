/** Tells text from other data. */

/** How much of a file's beginning is looked at, in bytes. */
export const sampleBytes = 8_192;

/**
 * True for bytes that are no text: a NUL, or more than one in twenty characters not valid UTF-8. Some are tolerated:
 * a text in an older encoding is still worth reading. A character cut off at the sample's end does not count.
 */
export function looksBinary(sample: Uint8Array): boolean {
  if (sample.includes(0)) return true;
  const text = new TextDecoder().decode(sample, { stream: true });
  const invalid = text.split("\uFFFD").length - 1;
  return invalid > text.length / 20;
}
