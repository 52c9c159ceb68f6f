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

/** Where each item of the queue went, by the log: delivered, waiting at the end, or taken out and said so. */
export function itemsDelivered(evidence: Evidence): string[] {
  return linesOf(evidence, "accepted")
    .filter(({ via }) => via === "queue")
    .flatMap((line) => {
      const kept = keptOf(evidence, line);
      const what = `${line.conversationId}: queued ${line.clientMessageId} (${line.messageId})`;
      if (!kept) return mayBeGone(evidence, line) ? [] : [`${what}: the conversation is gone`];
      return fatesOf(evidence, line, kept.records).map((wrong) => `${what} ${wrong}`);
    });
}

function fatesOf(evidence: Evidence, line: LineOf<"accepted">, records: readonly LogRecord[]): string[] {
  const { messageId, clientMessageId } = line;
  const isThis = (input: { readonly messageId: string }): boolean => input.messageId === messageId;
  const saidBy = (kind: "cancelling" | "cancelled"): boolean => linesOf(evidence, kind).some(isThis);
  const delivered = inputsIn(records).filter(isThis);
  const waits = queues(records).at(-1)?.queue.some(isThis) === true;
  const takenOut = queues(records).some(
    ({ change }) =>
      (change?.kind === "cancelled" || change?.kind === "discarded") && change.messageIds.includes(messageId),
  );
  const fates = [
    ...delivered.map(() => "delivered"),
    ...(waits ? ["waiting"] : []),
    ...(takenOut ? ["taken out"] : []),
  ];
  if (fates.length === 0) return ["is lost"];
  if (fates.length > 1) return [`has more than one fate: ${fates.join(", ")}`];
  if (delivered[0] && delivered[0].clientMessageId !== clientMessageId)
    return [`was delivered with the client's id ${delivered[0].clientMessageId}`];
  const sent = linesOf(evidence, "sent").find((each) => each.clientMessageId === clientMessageId);
  if (delivered[0] && delivered[0].text !== sent?.text) return ["was delivered with another text"];
  const isClosed = evidence.lines.some(
    ({ kind, conversationId }) => kind === "closing" && conversationId === line.conversationId,
  );
  if (takenOut && !saidBy("cancelling") && !isClosed) return ["was taken out, and nobody asked for that"];
  return saidBy("cancelled") && !takenOut ? [`was cancelled, and is ${fates[0]}`] : [];
}

const queues = (records: readonly LogRecord[]): RecordOf<"queue-changed">[] =>
  records.filter((record): record is RecordOf<"queue-changed"> => record.type === "queue-changed");

export function repeated(items: readonly string[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const item of items) {
    if (seen.has(item)) twice.add(item);
    seen.add(item);
  }
  return [...twice];
}
