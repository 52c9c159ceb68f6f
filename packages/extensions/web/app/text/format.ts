/** Times, sizes and counts as a person reads them. */

/** `340 ms`, `2.4 s`, `1 min 5 s`, `2 h 3 min`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return withRest(minutes, "min", seconds % 60, "s");
  return withRest(Math.floor(minutes / 60), "h", minutes % 60, "min");
}

const withRest = (whole: number, unit: string, rest: number, restUnit: string): string =>
  rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${restUnit}`;

/** `950`, `1.2k`, `34k`, `1.5M`. */
export function count(value: number): string {
  if (value < 1_000) return String(value);
  if (value < 9_950) return `${(value / 1_000).toFixed(1)}k`;
  if (value < 999_500) return `${Math.round(value / 1_000)}k`;
  return `${(value / 1_000_000).toFixed(1)}M`;
}

/** How long ago, in the fewest words: `now`, `5 min`, `3 h`, `2 d`, else the date. */
export function ago(then: number, now: number): string {
  const minutes = Math.floor((now - then) / 60_000);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h`;
  if (minutes < 7 * 24 * 60) return `${Math.floor(minutes / (24 * 60))} d`;
  return new Date(then).toLocaleDateString(undefined, { day: "numeric", month: "short" });
}

/** Whole seconds until then, never below 0. */
export const secondsUntil = (then: number, now: number): number =>
  Math.max(0, Math.ceil((then - now) / 1_000));

/** Characters of a path that are shown; its end says more than its beginning. */
const shownLength = 40;

/** A long path by its last folders: `…/clients/acme/website`. */
export function shortPath(path: string): string {
  if (path.length <= shownLength) return path;
  const parts = path.split(/(?=[/\\])/);
  let end = "";
  for (const part of parts.reverse()) {
    if (end !== "" && end.length + part.length >= shownLength) break;
    end = part + end;
  }
  return `…${end.slice(1 - shownLength)}`;
}
