/** Ends: stop, close, and waiting for a turn's end. */
import {
  type ConversationView,
  dispatchError,
  type LastAnswer,
  type Message,
  type NewRecord,
  type StopAnswer,
} from "@dispatch/wire";
import type { Conversation } from "../conversation/conversation.ts";
import { closeConversation } from "../conversation/decide.ts";
import type { ConversationState } from "../conversation/state.ts";
import { lastError } from "./last-error.ts";
import { messages } from "./messages.ts";
import { viewOf } from "./meta.ts";
import type { Parts } from "./parts.ts";

/** Aborts the running turn and waits for its seal. Another turn than named: nothing is aborted. */
export const stop = (parts: Parts, id: string, turnId?: string): Promise<StopAnswer> =>
  parts.conversations.use(id, async (conversation) => {
    const aborted = await abortRunning(parts, conversation, turnId);
    return {
      aborted: aborted !== undefined,
      ...(aborted && { turnId: aborted }),
      status: conversation.state.status,
    };
  });

/** Aborts the running turn, of that id if one is given, and waits for its seal; gives its id. */
export async function abortRunning(
  parts: Parts,
  conversation: Conversation,
  turnId?: string,
): Promise<string | undefined> {
  const waiting = conversation.state.running?.turnId;
  if (!conversation.running && waiting !== undefined && (turnId === undefined || waiting === turnId)) {
    const sealed = await parts.recovery.abort(conversation);
    if (sealed !== undefined) return sealed;
  }
  const { running } = conversation;
  if (!running || (turnId !== undefined && running.turnId !== turnId)) return undefined;
  running.abort();
  await within(parts, running.settled, parts.core.limits.stopMs);
  // What its queue had opened in that very moment was aborted with it.
  const { running: next } = conversation;
  if (next?.aborted) await within(parts, next.settled, parts.core.limits.stopMs);
  return running.turnId;
}

/** Aborts what runs, and what follows it. False when something does not stop. */
export async function endTurns(parts: Parts, conversation: Conversation): Promise<boolean> {
  for (;;) {
    const { running } = conversation.state;
    if (!running) return true;
    await abortRunning(parts, conversation);
    if (conversation.state.running?.turnId === running.turnId) return false;
  }
}

/**
 * Ends what runs, then appends what is decided on a conversation in which nothing does: a turn whose start is being written
 * meanwhile is ended too. False, and nothing appended, when a turn does not stop.
 */
export async function endAndAppend(
  parts: Parts,
  conversation: Conversation,
  decide: (state: ConversationState) => NewRecord[],
): Promise<boolean> {
  while (await endTurns(parts, conversation)) {
    const appended = await conversation.mailbox.run((state) => ({
      records: state.running ? [] : decide(state),
      sync: true,
      answer: () => state.running === undefined,
    }));
    if (appended) return true;
  }
  return false;
}

/**
 * Aborts, seals, closes, discards what waits: the seal of the running turn ends `closed`, so it cannot overwrite the close. A turn that takes
 * longer than the stop may wait closes when it is sealed.
 */
export const close = (parts: Parts, id: string): Promise<ConversationView> =>
  parts.conversations.use(id, async (conversation) => {
    conversation.closing = true;
    conversation.endSideRequests();
    const finish = (): Promise<boolean> => endAndAppend(parts, conversation, closeConversation);
    const opened = (): void => {
      conversation.closing = false;
    };
    const closed = await finish().catch((error: unknown) => {
      opened();
      throw error;
    });
    if (closed) opened();
    else {
      void Promise.resolve(conversation.running?.settled)
        .then(finish)
        .finally(opened)
        .catch((error: unknown) => {
          parts.core.logger.error("a conversation could not be closed", {
            conversationId: id,
            error: String(error),
          });
        });
    }
    return viewOf(parts, conversation);
  });

/** Waits for the running turn, then gives the last assistant message that has text. */
export const last = (
  parts: Parts,
  id: string,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<LastAnswer> =>
  parts.conversations.use(id, async (conversation): Promise<LastAnswer> => {
    const turnId = conversation.state.running?.turnId;
    if (turnId !== undefined) {
      const gone = new AbortController();
      const ended = await within(parts, settled(conversation, turnId, gone.signal), timeoutMs, signal);
      gone.abort();
      if (!ended) return { running: true, turnId };
      // Its end is not known here: what is left in memory is of an earlier turn.
      if (conversation.live.ended === "deleted")
        throw dispatchError("conversation-not-found", `${id} was deleted.`);
      if (conversation.state.running?.turnId === turnId)
        throw dispatchError("store-failed", `The store failed before turn ${turnId} was sealed.`);
    }
    const { lastTurn } = conversation.state;
    if (!lastTurn) throw dispatchError("turn-not-found", `Conversation ${id} has no turn yet.`);
    const { items } = await messages(parts, id, { limit: 50 });
    // The queue may have opened the next turn meanwhile: that one has not answered yet.
    const running = conversation.state.running?.turnId;
    const answer = items.findLast(
      (message) => message.role === "assistant" && message.turnId !== running && textOf(message) !== "",
    );
    const { turnId: lastId, reason } = lastTurn;
    const error = reason === "completed" ? undefined : await lastError(parts, conversation, lastId);
    return { text: answer ? textOf(answer) : "", turnId: lastId, reason, ...(error && { error }) };
  });

/**
 * Resolves when this turn neither runs nor waits to be resumed, or when nobody waits for it any more: who asks every second leaves
 * nothing behind in a turn of hours.
 */
async function settled(conversation: Conversation, turnId: string, gone: AbortSignal): Promise<void> {
  const { live } = conversation;
  while (conversation.state.running?.turnId === turnId && !live.ended && !gone.aborted) await live.changed();
}

const textOf = (message: Message): string =>
  message.chunks.map((chunk) => (chunk.type === "text" ? chunk.text : "")).join("");

/** True when `event` came in time. */
export async function within(
  parts: Parts,
  event: Promise<void>,
  ms: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const over = new AbortController();
  const either = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
  const late = parts.core.sleep(ms, either).then(
    () => false,
    () => false,
  );
  const came = await Promise.race([event.then(() => true), late]);
  over.abort();
  return came;
}
