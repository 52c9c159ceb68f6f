/** The sleep before a retry, over a restart: what is left of it is slept, not all of it again. */
import type { LogRecord, RecordOf } from "@dispatch/wire";
import type { BlockCheckpoint } from "../ports/log.ts";

/** The retry that a cut turn was waiting for; undefined when it did something else. `blocks`: its open blocks. */
export function pendingRetry(
  turnId: string,
  records: readonly LogRecord[],
  blocks: readonly BlockCheckpoint[],
): RecordOf<"provider-retry"> | undefined {
  const last = records.findLast((record) => record.turnId === turnId && record.type !== "turn-stalled");
  return last?.type === "provider-retry" && blocks.length === 0 ? last : undefined;
}
