/** Inputs: none lost, none doubled, the ids and texts as acknowledged; queued items have exactly one fate. */
import type { LogRecord, RecordOf } from "@dispatch/wire";
import type { Evidence, Kept, Line } from "../evidence.ts";

type UserInput = Pick<RecordOf<"user-message">, "messageId" | "clientMessageId" | "text">;
type LineOf<K extends Line["kind"]> = Extract<Line, { kind: K }>;

export const linesOf = <K extends Line["kind"]>({ lines }: Evidence, kind: K): LineOf<K>[] =>
  lines.filter((line): line is LineOf<K> => line.kind === kind);

/** The conversation of a line; undefined when it is gone because somebody wanted that. */
export const keptOf = ({ kept }: Evidence, { conversationId }: Line): Kept | undefined =>
  kept.find(({ id }) => id === conversationId);

export const mayBeGone = (evidence: Evidence, { conversationId }: Line): boolean =>
  evidence.lines.some((line) => line.kind === "deleting" && line.conversationId === conversationId);

export const inputsIn = (records: readonly LogRecord[]): UserInput[] =>
  records.flatMap((record) =>
    record.type === "user-message" ? [record] : record.type === "steering" ? record.messages : [],
  );

export function inputsKept(evidence: Evidence): string[] {
  const texts = new Map(linesOf(evidence, "sent").map((line) => [line.clientMessageId, line.text]));
  return linesOf(evidence, "accepted")
    .filter(({ via }) => via === "chat")
    .flatMap((line) => {
      const kept = keptOf(evidence, line);
      const what = `${line.conversationId}: acknowledged input ${line.clientMessageId} (${line.messageId})`;
      if (!kept) return mayBeGone(evidence, line) ? [] : [`${what}: the conversation is gone`];
      const found = inputsIn(kept.records).find(({ messageId }) => messageId === line.messageId);
      if (!found) return [`${what} is lost`];
      if (found.clientMessageId !== line.clientMessageId)
        return [`${what} has the client's id ${found.clientMessageId}`];
      if (found.text !== texts.get(line.clientMessageId)) return [`${what} has another text`];
      const shown = kept.messages.find(({ messageId }) => messageId === line.messageId);
      const oldest = kept.messages[0]?.seq ?? 0;
      const seq =
        kept.records.find((record) => "messageId" in record && record.messageId === line.messageId)?.seq ?? 0;
      return shown || seq < oldest ? [] : [`${what} is not among the messages`];
    });
}

export function inputsOnce({ kept }: Evidence): string[] {
  return kept.flatMap(({ id, records }) => {
    const inputs = inputsIn(records);
    const doubled = (key: "messageId" | "clientMessageId") =>
      repeated(inputs.flatMap((input) => input[key] ?? [])).map(
        (each) => `${id}: input ${each} is there twice`,
      );
    return [...new Set([...doubled("messageId"), ...doubled("clientMessageId")])];
  });
}

export function idsStable(evidence: Evidence): string[] {
  const first = new Map<string, LineOf<"accepted">>();
  return linesOf(evidence, "accepted").flatMap((line) => {
    const before = first.get(line.clientMessageId) ?? line;
    first.set(line.clientMessageId, before);
    const same = before.messageId === line.messageId && before.turnId === line.turnId;
    return same
      ? []
      : [`${line.clientMessageId} was acknowledged as ${before.messageId} and as ${line.messageId}`];
  });
}

/** Where each item of the queue went, by the log: delivered, waiting at the end, or taken out without delivery. */
export function itemsDelivered(evidence: Evidence): string[] {
  const cancelled = new Set(linesOf(evidence, "cancelled").map(({ messageId }) => messageId));
  return linesOf(evidence, "accepted")
    .filter(({ via }) => via === "queue")
    .flatMap((line) => {
      const kept = keptOf(evidence, line);
      const what = `${line.conversationId}: queued ${line.clientMessageId} (${line.messageId})`;
      if (!kept) return mayBeGone(evidence, line) ? [] : [`${what}: the conversation is gone`];
      const delivered = inputsIn(kept.records).filter(({ messageId }) => messageId === line.messageId);
      const waits = lastQueue(kept.records).some(({ messageId }) => messageId === line.messageId);
      if (delivered.length > 1) return [`${what} was delivered ${delivered.length} times`];
      if (delivered.length === 1 && waits) return [`${what} was delivered and still waits`];
      if (delivered.length === 1)
        return delivered[0]?.clientMessageId === line.clientMessageId
          ? []
          : [`${what} was delivered with the client's id ${delivered[0]?.clientMessageId}`];
      if (waits) return cancelled.has(line.messageId) ? [`${what} was cancelled and still waits`] : [];
      return cancelled.has(line.messageId) || wasTakenOut(kept.records, line.messageId)
        ? []
        : [`${what} is lost`];
    });
}

const queues = (records: readonly LogRecord[]): RecordOf<"queue-changed">[] =>
  records.filter((record): record is RecordOf<"queue-changed"> => record.type === "queue-changed");

const lastQueue = (records: readonly LogRecord[]) => queues(records).at(-1)?.queue ?? [];

/** It stood in the queue once, and a later `queue-changed` says that it does not: cancelled or discarded, for all to see. */
const wasTakenOut = (records: readonly LogRecord[], messageId: string): boolean =>
  queues(records).some(({ queue }) => queue.some((item) => item.messageId === messageId));

export function repeated(items: readonly string[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const item of items) {
    if (seen.has(item)) twice.add(item);
    seen.add(item);
  }
  return [...twice];
}
