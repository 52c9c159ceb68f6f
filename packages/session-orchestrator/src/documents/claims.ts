/**
 * What a record of a foreign document may claim. Its shape is checked before; here is what a well-formed record must not say,
 * since later turns and every list of conversations would build on it.
 */
import type { LogRecord } from "@dispatch/wire";

/** Clocks of two machines differ; more than this ahead is no clock. */
const aheadMs = 24 * 60 * 60_000;
/** As for tool calls: deeper values overflow the stack of whoever walks through them. */
const deepest = 200;
/** Ids and codes stand in rows and keys; nothing here makes longer ones. */
const longestId = 256;
const ids = ["turnId", "stepId", "messageId", "clientMessageId", "callId", "block", "approvalId", "code"];
const longestTitle = 500;
const longestLabel = 64;
const mostLabels = 64;

/** A sentence, or undefined when there is nothing against it. `now`: Unix ms. */
export function falseClaim(record: LogRecord, now: number): string | undefined {
  const { seq, ts } = record;
  if (ts < 0 || ts > now + aheadMs) return `ts: ${ts} is not a time up to now, in Unix ms.`;
  for (const name of ids) {
    const value = (record as Readonly<Record<string, unknown>>)[name];
    if (typeof value === "string" && value.length > longestId)
      return `${name}: It is longer than ${longestId} characters.`;
  }
  if (tooDeep(record)) return `It is nested deeper than ${deepest} levels.`;
  switch (record.type) {
    // Every turn and every attempt has a record of its own, so there are no more of them than records.
    case "turn-start":
      if (!within(record.turn, seq)) return `turn: ${record.turn} is not between 1 and ${seq}.`;
      return within(record.attempt, seq)
        ? undefined
        : `attempt: ${record.attempt} is not between 1 and ${seq}.`;
    case "compacted":
      return within(record.keepFrom, seq)
        ? undefined
        : `keepFrom: ${record.keepFrom} is not between 1 and ${seq}.`;
    case "meta-changed": {
      const { title, labels, workspace, parentId, parentCallId } = record.patch;
      const long = [title, workspace, parentId, parentCallId].some(
        (text) => (text?.length ?? 0) > longestTitle,
      );
      if (long)
        return `patch: title, workspace, parentId or parentCallId is longer than ${longestTitle} characters.`;
      if ((labels?.length ?? 0) > mostLabels || labels?.some(({ length }) => length > longestLabel))
        return `patch.labels: More than ${mostLabels}, or one longer than ${longestLabel} characters.`;
      return undefined;
    }
    default:
      return undefined;
  }
}

const within = (value: number, most: number): boolean => value >= 1 && value <= most;

/** Level by level, so that no nesting can exhaust the stack. */
function tooDeep(record: object): boolean {
  let level: object[] = [record];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) return true;
    level = level.flatMap((container) => Object.values(container).filter(isContainer));
  }
  return false;
}

const isContainer = (value: unknown): value is object => typeof value === "object" && value !== null;
