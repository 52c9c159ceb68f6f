/** What the attempts of a cut turn took until now, from its records: what counts against limits that hold for the whole turn. */
import { addUsage, type LogRecord, noUsage, type Usage } from "@dispatch/wire";

/** Of complete steps. */
export const usageOf = (records: readonly LogRecord[]): Usage =>
  records.reduce(
    (sum, record) => (record.type === "step-complete" ? addUsage(sum, record.usage) : sum),
    noUsage,
  );

/** Sleep before retries, ms. One that was cut counts as long as it went on; what is left of it is said again. */
export function sleptMs(turnId: string, records: readonly LogRecord[]): number {
  const own = records.filter((record) => record.turnId === turnId);
  return own.reduce((sum, record, index) => {
    if (record.type !== "provider-retry") return sum;
    const next = own[index + 1];
    return sum + (next ? Math.min(record.delayMs, Math.max(0, next.ts - record.ts)) : record.delayMs);
  }, 0);
}

/** Time from the start of each attempt to its last record, ms: not the time in which no server ran. */
export function workedMs(turnId: string, records: readonly LogRecord[]): number {
  let sum = 0;
  let begun: number | undefined;
  let last = 0;
  let before = 0;
  for (const { turnId: of, type, ts } of records) {
    if (of !== turnId) continue;
    if (type === "turn-start") {
      // What it repaired of the attempt before was written in one batch with it.
      if (begun !== undefined) sum += Math.max(0, (last === ts ? before : last) - begun);
      begun = ts;
    }
    if (ts !== last) before = last;
    last = ts;
  }
  return begun === undefined ? 0 : sum + Math.max(0, last - begun);
}

/**
 * Attempts since a step was completed. A step that only a resumption completed, right before its `turn-start`, is no progress: a
 * command that takes the server with it each time would go on for ever.
 */
export function triesOf(turnId: string, records: readonly LogRecord[]): number {
  let tries = 0;
  records.forEach((record, index) => {
    if (record.turnId !== turnId) return;
    if (record.type === "turn-start") tries++;
    else if (record.type === "step-complete" && records[index + 1]?.type !== "turn-start") tries = 0;
  });
  return tries;
}
