/** What a cut turn was waiting for when nothing could move it but somebody else: then the crash was none of its doing. */
import type { LogRecord } from "@dispatch/wire";
import type { BlockCheckpoint } from "../ports/log.ts";
import { pendingRetry } from "./pending-retry.ts";

/** `isWaiting`: while it runs, this tool only waits for another conversation. Undefined: the turn was at work. */
export function waitedFor(
  turnId: string,
  records: readonly LogRecord[],
  blocks: readonly BlockCheckpoint[],
  now: number,
  isWaiting: (tool: string) => boolean,
): "retry" | "approval" | "child" | undefined {
  const retry = pendingRetry(turnId, records, blocks);
  if (retry) return now < retry.retryAt ? "retry" : undefined;
  const open = new Map<string, string>();
  const started = new Set<string>();
  const asked = new Map<string, string>();
  for (const record of records) {
    if (record.turnId !== turnId) continue;
    if (record.type === "tool-call") open.set(record.callId, record.name);
    else if (record.type === "tool-start") started.add(record.callId);
    else if (record.type === "tool-result") open.delete(record.callId);
    else if (record.type === "attempt-superseded") for (const callId of record.callIds) open.delete(callId);
    else if (record.type === "approval-requested") asked.set(record.approvalId, record.callId);
    else if (record.type === "approval-resolved") asked.delete(record.approvalId);
  }
  const running = [...open].filter(([callId]) => started.has(callId));
  if (running.some(([, name]) => !isWaiting(name))) return undefined;
  if ([...asked.values()].some((callId) => open.has(callId) && !started.has(callId))) return "approval";
  return running.length > 0 ? "child" : undefined;
}
