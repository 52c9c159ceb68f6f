/** An offer: whether a message waits, starts a turn, or takes a running turn's place is decided in the mailbox, once. */
import {
  dispatchError,
  type NewRecord,
  type QueueBody,
  type QueueItem,
  type QueueState,
} from "@dispatch/wire";
import type { Conversation, Running, Successor } from "../conversation/conversation.ts";
import { startTurn } from "../conversation/decide.ts";
import type { ConversationState } from "../conversation/state.ts";
import type { Core } from "../core.ts";
import type { Keyed } from "../idempotency.ts";
import type { Inbox } from "../ports/inbox.ts";
import type { LogEntry } from "../ports/log.ts";
import type { OfferResult } from "../ports/queues.ts";
import { within } from "../sessions/end.ts";
import type { Parts } from "../sessions/parts.ts";
import { refuseWhileStopping } from "../sessions/send.ts";
import { claimAttachments, placeOf, prepareTurn } from "../turn/admission.ts";
import { startTurnShell } from "../turn/run.ts";
import { enqueue } from "./decide.ts";

/** Rejects with `not-implemented` when no extension says what becomes of queued messages. */
export function inboxOf(core: Core): Inbox {
  const policy = core.inbox();
  if (!policy)
    throw dispatchError("not-implemented", "Nothing is queued: the extension message-queue is off.");
  return policy;
}

/** The queue as it will be with these records. */
export function stateAfter(
  state: Pick<ConversationState, "queue" | "held">,
  records: readonly NewRecord[],
): QueueState {
  const last = records.findLast((record) => record.type === "queue-changed") ?? state;
  return { queue: [...last.queue], held: last.held };
}

export async function offer(
  parts: Parts,
  conversation: Conversation,
  body: QueueBody,
  keyed: Keyed | undefined,
): Promise<OfferResult> {
  const policy = inboxOf(parts.core);
  const { message: text, deliver = "steer", clientMessageId } = body;
  const attachments = await claimAttachments(parts.core, conversation.id, body.attachments);
  const item: QueueItem = {
    messageId: parts.core.ids.uuid(),
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
    text,
    ...(attachments?.length ? { attachments } : {}),
    deliver,
    ts: parts.core.now(),
  };
  const until = parts.core.now() + policy.interruptMs;
  for (;;) {
    refuseWhileStopping(parts);
    const waits = conversation.state.running !== undefined;
    const answer =
      waits && deliver === "interrupt"
        ? await interrupt(parts, conversation, item, keyed, until)
        : await settleOffer(parts, conversation, item, keyed, policy);
    if (answer) return answer;
  }
}

/** It waits when a turn runs, else it starts one. Undefined: that changed meanwhile. */
async function settleOffer(
  parts: Parts,
  conversation: Conversation,
  item: QueueItem,
  keyed: Keyed | undefined,
  policy: Inbox,
): Promise<OfferResult | undefined> {
  const { core, conversations } = parts;
  const { live, mailbox } = conversation;
  const prepared = mailbox.state.running ? undefined : await prepareTurn(core, conversation);
  const turnId = core.ids.uuid();
  return mailbox.run<OfferResult | undefined>((state) => {
    refuseWhileStopping(parts);
    const waits = state.running !== undefined;
    if (waits ? item.deliver === "interrupt" : !prepared)
      return { records: [], sync: false, answer: () => undefined };
    const records =
      prepared && !waits
        ? startTurn(state, { turnId, inputs: [item], turn: prepared.facts })
        : enqueue(state, item, policy.refusal(state.queue, item));
    const { check } = live;
    let answer: OfferResult | undefined;
    return {
      records,
      sync: true,
      idempotency: (entries) => {
        const { messageId, seq, before } = placeOf(live, check, item.messageId, entries);
        const how = waits ? { started: false, queued: item } : { started: true, turnId };
        answer = { ...how, seq, messageId, ...stateAfter(state, records), before };
        return keyed?.row(answer);
      },
      answer: () => {
        if (prepared && !waits) {
          const { model, settings } = prepared;
          const turn = state.turns + 1;
          startTurnShell(core, conversations, conversation, { turnId, turn, attempt: 1, model, settings });
        }
        return answer;
      },
    };
  });
}

/**
 * Aborts the running turn and begins in the write that seals it. Undefined: look again, something else happened. Nothing is
 * kept before that write, so a refusal leaves no trace.
 */
async function interrupt(
  parts: Parts,
  conversation: Conversation,
  item: QueueItem,
  keyed: Keyed | undefined,
  until: number,
): Promise<OfferResult | undefined> {
  const { core } = parts;
  const { live, running } = conversation;
  const left = () => Math.max(0, until - core.now());
  // It waits to be resumed after a crash: it is sealed as it is.
  if (!running) {
    await parts.recovery.abort(conversation);
    return undefined;
  }
  if (running.successor) {
    if (!(await within(parts, running.settled, left()))) throw notStopped(running);
    return undefined;
  }
  const prepared = await prepareTurn(core, conversation);
  if (conversation.running !== running || running.successor) return undefined;
  const turnId = core.ids.uuid();
  let answer: OfferResult | undefined;
  const successor: Successor = {
    begin: { turnId, inputs: [item], turn: prepared.facts },
    prepared,
    state: "waiting",
    row(entries: readonly LogEntry[]) {
      const { messageId, seq, before } = placeOf(live, live.check, item.messageId, entries);
      answer = {
        started: true,
        turnId,
        seq,
        messageId,
        ...stateAfter(conversation.state, []),
        held: false,
        before,
      };
      return keyed?.row(answer);
    },
  };
  running.successor = successor;
  running.abort("aborted", "A message interrupted this turn.");
  const settled = await within(parts, running.settled, left());
  if (successor.state === "waiting") running.successor = undefined;
  else if (!settled) await running.settled;
  if (successor.state !== "waiting") return successor.state === "begun" ? answer : undefined;
  if (!settled) throw notStopped(running);
  if (conversation.closing || conversation.state.status === "closed")
    throw dispatchError("turn-not-stopped", `${conversation.id} was closed meanwhile.`);
  return undefined;
}

const notStopped = ({ turnId }: Running) =>
  dispatchError("turn-not-stopped", `Turn ${turnId} is being stopped and has not ended yet.`, {
    retryAfterMs: 1_000,
  });
