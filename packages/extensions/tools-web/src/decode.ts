/** From the type and the bytes of a body to its text. Pure. */

export interface ContentType {
  /** Lower case, without parameters; empty when none was given. */
  readonly type: string;
  readonly charset: string | undefined;
}

export function parseContentType(header: string | undefined): ContentType {
  const [type = "", ...parameters] = (header ?? "").split(";");
  const charset = parameters
    .map((parameter) => /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/i.exec(parameter)?.[1])
    .find((found) => found !== undefined);
  return { type: type.trim().toLowerCase(), charset };
}

const textTypes =
  /^(?:text\/.+|application\/(?:(?:.+\+)?(?:json|xml|yaml)|x-yaml|toml|x-ndjson|ndjson|jsonl|javascript|x-javascript|ecmascript|typescript|sql|graphql|x-sh|x-www-form-urlencoded|rtf)|image\/svg\+xml|message\/.+)$/;

export const isHtml = (type: string): boolean => type === "text/html" || type === "application/xhtml+xml";

/** Whether a body of this type is worth reading; one without a type is looked at. */
export const isTextType = (type: string): boolean => type === "" || textTypes.test(type);

/** True for bytes that are no text, whatever their type says. */
export const looksBinary = (bytes: Uint8Array): boolean => {
  const sample = bytes.subarray(0, 8_192);
  return sample.includes(0) && !startsWithUtf16Mark(sample);
};

const startsWithUtf16Mark = ([a, b]: Uint8Array): boolean =>
  (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff);

/** By the byte order mark, the header, the page's own `meta`, else UTF-8. What cannot be decoded becomes U+FFFD. */
export function decodeText(bytes: Uint8Array, { type, charset }: ContentType): string {
  const named = markOf(bytes) ?? charset ?? (isHtml(type) ? metaCharset(bytes) : undefined) ?? "utf-8";
  // As a stream: a character cut off at the end is left out, and Node 20 has a shortcut for windows-1252 that is wrong.
  return decoderOf(named).decode(bytes, { stream: true });
}

function markOf(bytes: Uint8Array): string | undefined {
  const [a, b, c] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return "utf-8";
  if (a === 0xff && b === 0xfe) return "utf-16le";
  return a === 0xfe && b === 0xff ? "utf-16be" : undefined;
}

function metaCharset(bytes: Uint8Array): string | undefined {
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, 1_024));
  return /<meta[^>]{0,200}charset\s*=\s*["']?([\w:.-]{1,40})/i.exec(start)?.[1];
}

function decoderOf(name: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(name);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return new TextDecoder(); // a name nobody knows
  }
}
