/** JSON text that every server can parse. */

/** Half a surrogate pair, which `JSON.stringify` writes as an escape; an even run of backslashes before it is text. */
const loneSurrogate = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;

/** As `JSON.stringify`, with U+FFFD for halves of surrogate pairs: they have no UTF-8, and servers refuse them. */
export function toJson(value: unknown): string {
  const json = JSON.stringify(value) ?? "null";
  return json.includes("\\ud") ? json.replace(loneSurrogate, "$1\\ufffd") : json;
}
