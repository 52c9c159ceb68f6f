/** The service `queues`: each change is one decision in the mailbox of its conversation, with its idempotency row. */
import type { QueueState } from "@dispatch/wire";
import type { Conversation } from "../conversation/conversation.ts";
import { startTurn } from "../conversation/decide.ts";
import type { ConversationState } from "../conversation/state.ts";
import type { Keyed } from "../idempotency.ts";
import type { Queues } from "../ports/queues.ts";
import type { CallContext } from "../ports/sessions.ts";
import type { Parts } from "../sessions/parts.ts";
import { refuseWhileStopping } from "../sessions/send.ts";
import { prepareTurn } from "../turn/admission.ts";
import { startTurnShell } from "../turn/run.ts";
import { cancel } from "./decide.ts";
import { inboxOf, offer, stateAfter } from "./offer.ts";

export function createQueues(parts: Parts): Queues {
  /** Runs a change of one conversation's queue, once per key. */
  async function change<T>(
    operation: string,
    id: string,
    body: object,
    call: CallContext,
    job: (conversation: Conversation, keyed: Keyed | undefined) => Promise<T>,
  ): Promise<T> {
    const { answer } = await parts.idempotency.once(operation, { id, ...body }, call, (keyed) =>
      parts.conversations.use(id, (conversation) => job(conversation, keyed)),
    );
    return answer;
  }

  /** Takes back one item or all; the answer is stored also when there was nothing, so that a repeat finds nothing either. */
  function takeBack<T extends object>(
    conversation: Conversation,
    keyed: Keyed | undefined,
    messageId: string | undefined,
    answerOf: (messageIds: string[]) => T,
  ): Promise<T & QueueState> {
    return conversation.mailbox.run((state) => {
      const records = cancel(state, messageId);
      const [record] = records;
      const changed = record?.type === "queue-changed" ? record : undefined;
      const { queue, held } = changed ?? state;
      const answer = {
        ...answerOf(changed?.change?.messageIds ?? []),
        queue: [...queue],
        held,
      };
      return { records, sync: true, idempotency: () => keyed?.row(answer), answer: () => answer };
    });
  }

  return {
    list: (id) => parts.conversations.use(id, async ({ state }) => stateOf(state)),
    offer: (id, body, call) =>
      change("queue", id, body, call, (conversation, keyed) => offer(parts, conversation, body, keyed)),
    cancel: (id, messageId, call) =>
      change("queue.cancel", id, { messageId }, call, (conversation, keyed) =>
        takeBack(conversation, keyed, messageId, ({ length }) => ({ cancelled: length > 0 })),
      ),
    clear: (id, call) =>
      change("queue.clear", id, {}, call, (conversation, keyed) =>
        takeBack(conversation, keyed, undefined, (cancelled) => ({ cancelled })),
      ),
    resume: (id, call) =>
      change("queue.resume", id, {}, call, (conversation, keyed) => resume(parts, conversation, keyed)),
  };
}

export const stateOf = ({ queue, held }: Pick<ConversationState, "queue" | "held">): QueueState => ({
  queue: [...queue],
  held,
});

/** Starts the turn that the queue opens next, unless one runs. */
async function resume(parts: Parts, conversation: Conversation, keyed: Keyed | undefined) {
  const { core, conversations } = parts;
  const policy = inboxOf(core);
  const prepared = conversation.state.running ? undefined : await prepareTurn(core, conversation);
  const turnId = core.ids.uuid();
  return conversation.mailbox.run((state) => {
    refuseWhileStopping(parts);
    const items = state.running ? [] : policy.next(state.queue);
    if (!prepared || items.length === 0) {
      const answer = { started: false, ...stateOf(state) };
      return { records: [], sync: true, idempotency: () => keyed?.row(answer), answer: () => answer };
    }
    const { model, settings, facts } = prepared;
    const records = startTurn(state, { turnId, inputs: items, queued: items, turn: facts });
    const answer = { started: true, turnId, ...stateAfter(state, records) };
    return {
      records,
      sync: true,
      idempotency: () => keyed?.row(answer),
      answer: () => {
        const turn = state.turns + 1;
        startTurnShell(core, conversations, conversation, { turnId, turn, attempt: 1, model, settings });
        return answer;
      },
    };
  });
}
