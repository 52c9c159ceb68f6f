/** Changes the texts in a value, wherever they stand in it. */

/**
 * The same value with each text changed; keys, numbers and switches stay. To take secrets out of JSON: over its text a key like
 * `true` or `8080` would break it.
 * @example
 * mapTexts({ url: "http://k@host", port: 80 }, redact) // { url: "http://[redacted]@host", port: 80 }
 */
export function mapTexts<T>(value: T, change: (text: string) => string): T;
export function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mapTexts(member, change)]));
}
