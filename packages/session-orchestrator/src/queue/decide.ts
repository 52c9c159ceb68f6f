/** Decisions about the queue, pure: what is appended when messages wait, are delivered, taken back, held or discarded. */
import {
  dispatchError,
  type NewRecord,
  type QueueChange,
  type QueueItem,
  type UserInput,
} from "@dispatch/wire";
import type { ConversationState } from "../conversation/state.ts";

const changed = (
  queue: readonly QueueItem[],
  held: boolean,
  kind: QueueChange["kind"],
  items: readonly QueueItem[],
): NewRecord => ({
  type: "queue-changed",
  queue: [...queue],
  held,
  change: { kind, messageIds: idsOf(items) },
});

const idsOf = (items: readonly QueueItem[]): string[] => items.map(({ messageId }) => messageId);

/** The queue without these; items are known by their ids. */
export function without(queue: readonly QueueItem[], items: readonly QueueItem[]): QueueItem[] {
  const gone = new Set(idsOf(items));
  return queue.filter(({ messageId }) => !gone.has(messageId));
}

/** What of an item becomes history. */
export const inputOf = ({ messageId, clientMessageId, text, attachments }: UserInput): UserInput => ({
  messageId,
  ...(clientMessageId === undefined ? {} : { clientMessageId }),
  text,
  ...(attachments?.length ? { attachments: [...attachments] } : {}),
});

/** An item waits behind what waits already. `refusal`: why it cannot. */
export function enqueue(
  { id, queue, held }: ConversationState,
  item: QueueItem,
  refusal: string | undefined,
): NewRecord[] {
  if (refusal !== undefined) throw dispatchError("queue-full", `${id}: ${refusal}`);
  return [changed([...queue, item], held, "queued", [item])];
}

/**
 * Items become user messages of the running turn, in one piece with leaving the queue. Those that were taken back since they
 * were asked for are left out; when none is left nothing happens.
 */
export function deliver(
  { queue, held }: ConversationState,
  messageIds: readonly string[],
  stepId: string | undefined,
): NewRecord[] {
  const wanted = new Set(messageIds);
  const items = queue.filter(({ messageId }) => wanted.has(messageId));
  if (items.length === 0) return [];
  const place = stepId === undefined ? {} : { stepId };
  return [
    { type: "steering", ...place, messages: items.map(inputOf) },
    { ...changed(without(queue, items), held, "delivered", items), ...place },
  ];
}

/** A turn begins, with these items if any: they leave the queue, and what is left is held no more. */
export function carry({ queue, held }: ConversationState, items: readonly QueueItem[] = []): NewRecord[] {
  if (items.length > 0) return [changed(without(queue, items), false, "carried", items)];
  return held ? [changed(queue, false, "released", queue)] : [];
}

/** Nothing starts by itself any more. */
export const hold = ({ queue, held }: ConversationState): NewRecord[] =>
  queue.length === 0 || held ? [] : [changed(queue, true, "held", queue)];

/** Takes back one item, or all of them; nothing when it does not wait. */
export function cancel({ queue, held }: ConversationState, messageId?: string): NewRecord[] {
  const items = messageId === undefined ? queue : queue.filter((item) => item.messageId === messageId);
  if (items.length === 0) return [];
  const rest = without(queue, items);
  return [changed(rest, held && rest.length > 0, "cancelled", items)];
}

/** Throws away what waits, and says so. `because`: "the conversation was closed". */
export function discard({ queue }: ConversationState, because: string): NewRecord[] {
  if (queue.length === 0) return [];
  const what = queue.length === 1 ? "One queued message was" : `${queue.length} queued messages were`;
  return [
    changed([], false, "discarded", queue),
    { type: "notice", level: "warning", text: `${what} discarded: ${because}.` },
  ];
}
