/** Tool calls: one result each, in place; commands that ran, and how often; answers to approvals. */
import type { LogRecord, Message, RecordOf } from "@dispatch/wire";
import type { Evidence } from "../evidence.ts";
import { keptOf, linesOf, mayBeGone, repeated } from "./inputs.ts";

type Call = RecordOf<"tool-call">;
type Result = RecordOf<"tool-result">;

const voidCalls = (records: readonly LogRecord[]): Set<string> =>
  new Set(records.flatMap((record) => (record.type === "attempt-superseded" ? record.callIds : [])));
const callsIn = (records: readonly LogRecord[]): Call[] =>
  records.filter((record): record is Call => record.type === "tool-call");
const resultsIn = (records: readonly LogRecord[]): Result[] =>
  records.filter((record): record is Result => record.type === "tool-result");

export function callsAnswered({ kept }: Evidence): string[] {
  return kept.flatMap(({ id, records, messages }) => {
    const dropped = voidCalls(records);
    const results = resultsIn(records);
    const calls = callsIn(records).filter(({ callId }) => !dropped.has(callId));
    const wrong = calls.flatMap((call) => {
      const mine = results.filter(({ callId }) => callId === call.callId);
      const what = `${id}: call ${call.callId} (${call.name}, record ${call.seq})`;
      if (mine.length !== 1) return [`${what} has ${mine.length} results`];
      const [result] = mine;
      if (result && (result.seq < call.seq || result.stepId !== call.stepId))
        return [`${what} has its result elsewhere: record ${result.seq}, step ${result.stepId}`];
      return [];
    });
    const known = new Set(calls.map(({ callId }) => callId));
    for (const { callId, seq } of results)
      if (!known.has(callId)) wrong.push(`${id}: record ${seq} is the result of no call (${callId})`);
    for (const twice of repeated(callsIn(records).map(({ callId }) => callId)))
      wrong.push(`${id}: the id ${twice} names two calls`);
    return [...wrong, ...placesOf(id, messages)];
  });
}

/** Among the messages: right behind the message with the calls, in their order. */
function placesOf(id: string, messages: readonly Message[]): string[] {
  return messages.flatMap((message, index) => {
    const called = message.chunks.flatMap((chunk) => (chunk.type === "tool-call" ? [chunk.callId] : []));
    if (called.length === 0) return [];
    const next = messages[index + 1];
    const answered =
      next?.role === "tool"
        ? next.chunks.flatMap((chunk) => (chunk.type === "tool-result" ? [chunk.callId] : []))
        : [];
    return answered.join() === called.join()
      ? []
      : [
          `${id}: message ${message.messageId} calls ${called.join()} and is followed by the results of ${answered.join()}`,
        ];
  });
}

/** The name that a call gives its run: the last argument but the mode, of `sh run.sh <name> [mode]`. */
export function runOf(call: Pick<Call, "name" | "input">): string | undefined {
  const { argv } = call.input as { argv?: readonly string[] };
  return call.name === "run_command" && argv?.[1] === "run.sh" ? argv[2] : undefined;
}

export function runsOnce({ kept, runs }: Evidence): string[] {
  const wrong = repeated(runs).map(
    (run) => `the command of ${run} ran ${runs.filter((each) => each === run).length} times`,
  );
  const ran = new Set(runs);
  for (const { id, records } of kept) {
    const outcomes = new Map(resultsIn(records).map(({ callId, outcome }) => [callId, outcome]));
    const started = new Set(
      records.flatMap((record) => (record.type === "tool-start" ? [record.callId] : [])),
    );
    for (const call of callsIn(records)) {
      const run = runOf(call);
      if (run === undefined) continue;
      const outcome = outcomes.get(call.callId);
      if (outcome === "ok" && !ran.has(run))
        wrong.push(`${id}: ${call.callId} says ok, and ${run} never ran`);
      if (outcome === "denied" && ran.has(run))
        wrong.push(`${id}: ${call.callId} was denied, and ${run} ran`);
      const again = callsIn(records).some(
        (other) => other !== call && runOf(other) === run && started.has(other.callId),
      );
      if (!started.has(call.callId) && ran.has(run) && !again)
        wrong.push(`${id}: ${run} ran, and the start of ${call.callId} is not in the log`);
    }
  }
  return wrong;
}

export function decisionsKept(evidence: Evidence): string[] {
  const wrong = evidence.kept.flatMap(({ id, records }) =>
    repeated(
      records.flatMap((record) => (record.type === "approval-resolved" ? [record.approvalId] : [])),
    ).map((twice) => `${id}: approval ${twice} was answered twice`),
  );
  for (const line of linesOf(evidence, "decided")) {
    const kept = keptOf(evidence, line);
    if (!kept && mayBeGone(evidence, line)) continue;
    const found = kept?.records.find(
      (record) => record.type === "approval-resolved" && record.approvalId === line.approvalId,
    );
    const what = `${line.conversationId}: the answer ${line.decision} to ${line.approvalId}`;
    if (found?.type !== "approval-resolved") wrong.push(`${what} is lost`);
    else if (found.decision !== line.decision) wrong.push(`${what} became ${found.decision}`);
  }
  return wrong;
}
