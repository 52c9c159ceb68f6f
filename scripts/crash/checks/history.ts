/** The history: numbers, turns, texts. */
import type { LogRecord } from "@dispatch/wire";
import type { Evidence, Kept } from "../evidence.ts";
import { keptOf, linesOf, mayBeGone, repeated } from "./inputs.ts";

export const numbersConsecutive = ({ kept }: Evidence): string[] =>
  kept.flatMap(({ id, records }) => {
    const at = records.findIndex(({ seq }, index) => seq !== index + 1);
    return at < 0 ? [] : [`${id}: record ${records[at]?.seq} stands at place ${at + 1}`];
  });

export function turnsEnd({ kept }: Evidence): string[] {
  return kept.flatMap(({ id, records }) => {
    const wrong = carriedApart(id, records);
    const ended = new Set<string>();
    let running: string | undefined;
    records.forEach((record, index) => {
      const { type, turnId } = record;
      if (turnId === undefined) return;
      const where = `${id}: turn ${turnId}, record ${record.seq} (${type})`;
      if (ended.has(turnId)) wrong.push(`${where} follows the turn's end`);
      if (type === "user-message") {
        if (running !== undefined && running !== turnId) wrong.push(`${where} begins while ${running} runs`);
        running = turnId;
        // One batch admits it: whatever is cut, the message never stands without its turn.
        const next = records
          .slice(index)
          .find((each) => each.type !== "user-message" && each.type !== "queue-changed");
        if (next?.type !== "turn-start" || next.turnId !== turnId)
          wrong.push(`${where} has no turn right behind it`);
      } else if (type === "turn-start") running ??= turnId;
      else if (type === "done") {
        if (!isSealed(records.slice(index))) wrong.push(`${where} is not sealed in its batch`);
      } else if (type === "turn-sealed") {
        ended.add(turnId);
        if (running === turnId) running = undefined;
      }
      if (running !== undefined && turnId !== running && type !== "turn-sealed")
        wrong.push(`${where} stands inside of turn ${running}`);
    });
    if (running !== undefined) wrong.push(`${id}: turn ${running} has no end`);
    for (const twice of repeated(turnIdsOf(records, "done")))
      wrong.push(`${id}: turn ${twice} is done twice`);
    return wrong;
  });
}

/** What may stand between a turn's end and its seal: the status, and what becomes of the queue, and why. */
const betweenEndAndSeal = new Set<LogRecord["type"]>(["status-changed", "queue-changed", "notice"]);

/** From a `done` on: its seal follows, with nothing else in between, all of one batch, which has one time. */
function isSealed([done, ...rest]: readonly LogRecord[]): boolean {
  const seal = rest.findIndex(({ type }) => !betweenEndAndSeal.has(type));
  const record = rest[seal];
  return (
    record?.type === "turn-sealed" &&
    record.turnId === done?.turnId &&
    rest.slice(0, seal + 1).every(({ ts }) => ts === done?.ts)
  );
}

/** Items that were carried on begin the next turn in the very batch in which they leave the queue, in their order. */
function carriedApart(id: string, records: readonly LogRecord[]): string[] {
  return records.flatMap((record, index) => {
    if (record.type !== "queue-changed" || record.change?.kind !== "carried") return [];
    const { messageIds } = record.change;
    const begun = records.slice(index + 1, index + 1 + messageIds.length);
    const isOne = messageIds.every((messageId, n) => {
      const input = begun[n];
      return input?.type === "user-message" && input.messageId === messageId && input.ts === record.ts;
    });
    return isOne
      ? []
      : [`${id}: record ${record.seq} carries ${messageIds.join()} on, and they begin no turn`];
  });
}

const turnIdsOf = (records: readonly LogRecord[], type: LogRecord["type"]): string[] =>
  records.filter((record) => record.type === type).flatMap(({ turnId }) => turnId ?? []);

export const endsKept = (evidence: Evidence): string[] =>
  linesOf(evidence, "ended").flatMap((line) => {
    const kept = keptOf(evidence, line);
    const what = `${line.conversationId}: turn ${line.turnId} ended ${line.reason}`;
    if (!kept) return mayBeGone(evidence, line) ? [] : [`${what}: the conversation is gone`];
    const done = kept.records.find((record) => record.type === "done" && record.turnId === line.turnId);
    if (done?.type !== "done") return [`${what}, and its end is lost`];
    if (done.reason !== line.reason) return [`${what}, now ${done.reason}`];
    const known = line.text === "" || textsOf(kept).includes(line.text);
    return known
      ? []
      : [`${what} with the text ${JSON.stringify(line.text.slice(0, 60))}, which is nowhere now`];
  });

/** The texts of assistant messages, as a client joins them: what is void is gone. */
function textsOf({ records }: Kept): string[] {
  const voided = new Set(
    records.flatMap((record) => (record.type === "attempt-superseded" ? record.blocks : [])),
  );
  const byStep = new Map<string, string>();
  for (const record of records) {
    if (record.type !== "text" || voided.has(record.block)) continue;
    const step = record.stepId ?? "";
    byStep.set(step, (byStep.get(step) ?? "") + record.text);
  }
  return [...byStep.values()];
}

export const stopsKept = (evidence: Evidence): string[] =>
  linesOf(evidence, "stopped").flatMap((line) => {
    const late = keptOf(evidence, line)?.records.find(
      ({ turnId, ts, type }) => turnId === line.turnId && ts > line.at && type !== "queue-changed",
    );
    return late
      ? [`${line.conversationId}: turn ${line.turnId} was stopped, then came ${late.type} (${late.seq})`]
      : [];
  });

/** A text is what some answer said: to its end, unless its step was cut (by a stop, a crash, a failed stream). */
export function textsWhole({ kept, said }: Evidence): string[] {
  const whole = new Set(said.filter((each) => each.whole).map(({ text }) => text));
  return kept.flatMap(({ id, records }) => {
    const cut = stepsCut(records);
    return records.flatMap((record) => {
      if (record.type !== "text" || record.continues !== undefined || whole.has(record.text)) return [];
      const begun = said.some(({ text }) => text.startsWith(record.text));
      const what = `${id}: text ${record.seq} ${JSON.stringify(record.text.slice(0, 60))}`;
      if (!begun) return [`${what} was never said`];
      return cut.has(record.stepId ?? "") ? [] : [`${what} is not whole`];
    });
  });
}

/** Steps without a usual end: never completed, or only by an attempt after the one that spoke. */
function stepsCut(records: readonly LogRecord[]): Set<string> {
  const open = new Set<string>();
  const cut = new Set<string>();
  for (const record of records) {
    if (record.type === "text") open.add(record.stepId ?? "");
    else if (record.type === "step-complete") open.delete(record.stepId ?? "");
    else if (record.type === "turn-start") for (const step of open) cut.add(step);
  }
  return new Set([...cut, ...open]);
}
