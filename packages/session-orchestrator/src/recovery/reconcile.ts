/**
 * Reconcile: what an interrupted turn lacks, as records to append. Pure: from the turn's records and the text its open
 * blocks had saved. Every call gets its one result, right after the calls of its step, which is the log's last.
 */
import type { LogRecord, NewRecord } from "@dispatch/wire";
import type { BlockCheckpoint } from "../ports/log.ts";

interface BlockMeta {
  readonly kind: "text" | "reasoning" | "tool-output";
  readonly stepId: string;
  readonly continues?: string;
}

/** `records`: those of the running turn, in order. `ts` of a result's duration counts to the last record. */
export function reconcile(
  turnId: string,
  records: readonly LogRecord[],
  blocks: readonly BlockCheckpoint[],
): NewRecord[] {
  const sealed = new Set<string>();
  const started = new Map<string, number>();
  const open = new Map<string, { name: string; stepId: string | undefined }>();
  for (const record of records) {
    if (record.type === "text" || record.type === "reasoning") sealed.add(record.block);
    else if (record.type === "tool-call")
      open.set(record.callId, { name: record.name, stepId: record.stepId });
    else if (record.type === "tool-start") started.set(record.callId, record.ts);
    else if (record.type === "tool-result") open.delete(record.callId);
    else if (record.type === "attempt-superseded") for (const callId of record.callIds) open.delete(callId);
  }
  const last = records.at(-1)?.ts ?? 0;
  const repairs: NewRecord[] = [];
  const outputs = new Map<string, string>();
  for (const { block, text, meta } of [...blocks].sort(byPlace)) {
    const { kind, stepId, continues } = JSON.parse(meta) as BlockMeta;
    if (kind === "tool-output") outputs.set(block, text);
    else if (!sealed.has(block) && text !== "") {
      repairs.push({
        type: kind,
        turnId,
        stepId,
        block,
        text,
        ...(continues === undefined ? {} : { continues }),
      });
    }
  }
  for (const [callId, { name, stepId }] of open) {
    const begun = started.get(callId);
    repairs.push({
      type: "tool-result",
      turnId,
      ...(stepId === undefined ? {} : { stepId }),
      callId,
      name,
      output: interruptedOutput(begun !== undefined, outputs.get(callId)),
      isError: true,
      truncated: false,
      outcome: "interrupted",
      durationMs: begun === undefined ? 0 : last - begun,
    });
  }
  return repairs;
}

/** In the order in which they were opened: ids end with their index in the step. */
const byPlace = (a: BlockCheckpoint, b: BlockCheckpoint): number => indexIn(a.block) - indexIn(b.block);
const indexIn = (block: string): number => Number(/\d+$/.exec(block)?.[0] ?? 0);

function interruptedOutput(begun: boolean, output: string | undefined): string {
  if (!begun) return "Interrupted: the server stopped before this call ran.";
  const sentence = "Interrupted: the server stopped while this call ran; its outcome is unknown.";
  return output ? `${sentence} Its output until then:\n${output}` : sentence;
}
