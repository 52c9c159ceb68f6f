/**
 * Resumption: how a cut turn goes on, decided purely from its records and the text its open blocks had saved. A step that
 * has started a tool is never asked for again; any other cut step is void and asked for anew.
 */
import type { ResumedCall, ResumedStep } from "@dispatch/kernel";
import { type LogRecord, type NewRecord, noUsage, type RecordOf, stepIdOf } from "@dispatch/wire";
import type { BlockCheckpoint } from "../ports/log.ts";
import { reconcile } from "./reconcile.ts";

export interface Resumption {
  /** Appended as one batch, before anything else happens. The last one is the new attempt's `turn-start`. */
  readonly records: readonly NewRecord[];
  /** The step to go on with. */
  readonly firstStep: number;
  /** Its calls, when its answer is complete and only they are left. */
  readonly resume?: ResumedStep | undefined;
  readonly attempt: number;
  /** The settings that the turn began with. */
  readonly start: RecordOf<"turn-start">;
  /** The answer was complete: only the turn's end is missing. Nothing else here counts. */
  readonly answered: boolean;
}

/** `isRepeatable`: a call of this tool may run a second time. Undefined when the records hold no turn to resume. */
export function resumption(
  turnId: string,
  records: readonly LogRecord[],
  blocks: readonly BlockCheckpoint[],
  isRepeatable: (tool: string) => boolean,
): Resumption | undefined {
  const start = records.findLast((record) => record.type === "turn-start");
  if (!start) return undefined;
  const attempt = start.attempt + 1;
  const { seq: _seq, ts: _ts, env, ...settings } = start;
  const again: NewRecord = { ...settings, turnId, attempt };
  const lost = env?.length ? [withoutEnvironment(turnId, env)] : [];
  const step = cutStep(turnId, records, blocks);
  const goOn = (before: readonly NewRecord[], firstStep: number, resume?: ResumedStep): Resumption => ({
    records: [...lost, ...before, again],
    firstStep,
    ...(resume ? { resume } : {}),
    attempt,
    start,
    answered: false,
  });
  if (answeredAlready(step, records)) return { ...goOn([], step.number), answered: true };
  const { stepId, calls, started, results, asked } = step;
  if (started.size === 0 && asked.size === 0) {
    // Also when nothing of it was kept: viewers may hold text that was never saved.
    const void_: NewRecord = {
      type: "attempt-superseded",
      turnId,
      stepId,
      attempt: start.attempt,
      blocks: step.blocks,
      callIds: calls.map(({ callId }) => callId),
    };
    return goOn([void_], step.number);
  }
  // What waits for a person, or may be repeated, is run now; what was running otherwise has an unknown outcome.
  const open = calls.filter(({ callId }) => !results.has(callId));
  const runnable = open.filter(({ callId, name }) =>
    started.has(callId) ? isRepeatable(name) : asked.has(callId),
  );
  const kept = new Set(runnable.map(({ callId }) => callId));
  const repairs = reconcile(turnId, records, blocks).filter(
    (record) => record.type !== "tool-result" || !kept.has(record.callId),
  );
  if (runnable.length === 0) {
    const end: NewRecord = {
      type: "step-complete",
      turnId,
      stepId,
      usage: noUsage,
      ttftMs: 0,
      decodeMs: 0,
      totalMs: 0,
    };
    return goOn([...repairs, end], step.number + 1);
  }
  for (const record of repairs) if (record.type === "tool-result") results.set(record.callId, record);
  return goOn(repairs, step.number, {
    calls: calls.map((call) => resumedCall(call, results.get(call.callId))),
  });
}

/** A command may mean another thing without it, so nobody shall believe that it is there. */
const withoutEnvironment = (turnId: string, names: readonly string[]): NewRecord => ({
  type: "notice",
  turnId,
  level: "warning",
  text: `The turn goes on without the environment it was given (${names.join(", ")}): values are not kept over a restart.`,
});

function resumedCall(call: RecordOf<"tool-call">, result: Result | undefined): ResumedCall {
  const { callId, name, input, target, providerData } = call;
  return {
    callId,
    name,
    input,
    ...(target === undefined ? {} : { target }),
    ...(providerData === undefined ? {} : { providerData }),
    ...(result === undefined ? {} : { result: resultOf(result) }),
  };
}

type Result = Pick<RecordOf<"tool-result">, "output" | "isError" | "truncated" | "outcome">;
const resultOf = ({ output, isError, truncated, outcome }: Result): Result => ({
  output,
  isError,
  truncated,
  outcome,
});

/**
 * Of a turn that is only sealed: voids the step of which nothing was kept, since viewers may hold text that was never saved.
 */
export function voidUnsaved(
  turnId: string,
  records: readonly LogRecord[],
  blocks: readonly BlockCheckpoint[],
): NewRecord[] {
  const step = cutStep(turnId, records, blocks);
  if (step.begun || answeredAlready(step, records)) return [];
  const attempt = records.findLast((record) => record.type === "turn-start")?.attempt ?? 1;
  return [{ type: "attempt-superseded", turnId, stepId: step.stepId, attempt, blocks: [], callIds: [] }];
}

/** The last step is complete and called nothing: only the turn's end is missing. */
const answeredAlready = (step: { begun: boolean; number: number }, records: readonly LogRecord[]): boolean =>
  !step.begun && step.number > 0 && !lastStepCalled(records);

/** The last complete step called a tool, so another one follows. */
function lastStepCalled(records: readonly LogRecord[]): boolean {
  const last = records.findLast((record) => record.type === "step-complete")?.stepId;
  return records.some(
    (record) => record.stepId === last && (record.type === "tool-call" || record.type === "steering"),
  );
}

/** The step under way at the end of the records; not begun when the last one is complete. */
function cutStep(turnId: string, records: readonly LogRecord[], checkpoints: readonly BlockCheckpoint[]) {
  const last = records.findLastIndex((record) => record.type === "step-complete");
  const number = records.filter((record) => record.type === "step-complete").length;
  const stepId = stepIdOf(turnId, number);
  const blocks: string[] = [];
  const calls: RecordOf<"tool-call">[] = [];
  const started = new Set<string>();
  const asked = new Set<string>();
  const results = new Map<string, Result>();
  for (const record of records.slice(last + 1)) {
    if (record.type === "attempt-superseded") {
      blocks.length = 0;
      calls.length = 0;
    } else if (record.type === "text" || record.type === "reasoning") blocks.push(record.block);
    else if (record.type === "tool-call") calls.push(record);
    else if (record.type === "tool-start") started.add(record.callId);
    else if (record.type === "tool-result") results.set(record.callId, record);
    else if (record.type === "approval-requested") asked.add(record.callId);
  }
  const open = checkpoints.filter(({ meta }) => (JSON.parse(meta) as { stepId: string }).stepId === stepId);
  blocks.push(...open.map(({ block }) => block).filter((block) => !blocks.includes(block)));
  return { number, stepId, blocks, calls, started, asked, results, begun: blocks.length + calls.length > 0 };
}
