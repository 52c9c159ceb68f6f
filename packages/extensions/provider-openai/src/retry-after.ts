/** How long a server asks to wait. */

/** `retry-after-ms`, or `Retry-After` in seconds or as an HTTP date, in ms from `now` (Unix ms); undefined without a usable one. */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const exact = Number(headers.get("retry-after-ms") ?? Number.NaN);
  if (Number.isFinite(exact)) return Math.max(0, Math.round(exact));
  const text = headers.get("retry-after")?.trim();
  if (!text) return undefined;
  const seconds = Number(text);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - now;
  return Number.isFinite(wait) ? Math.max(0, Math.round(wait)) : undefined;
}
