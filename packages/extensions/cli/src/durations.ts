/** Times and counts for people. */

/** `12 ms`, `2.1 s`, `3 min`, `5 h`, `2 d`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_570_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 84_600_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}

/** `1,234`. */
export const count = (n: number): string => n.toLocaleString("en-US");

/** `14:03:07`, the time of day here. */
export const clockTime = (ts: number): string => new Date(ts).toTimeString().slice(0, 8);
