/**
 * The service `queues`: the queue of each conversation, changed in its mailbox like everything else. So whether a message
 * waits or starts a turn is decided once, and an item is delivered in the same write that takes it out of the queue.
 */
import { defineService } from "@dispatch/kernel";
import type {
  QueueAnswer,
  QueueBody,
  QueueCancelAnswer,
  QueueClearAnswer,
  QueueResumeAnswer,
  QueueState,
} from "@dispatch/wire";
import type { CallContext } from "./sessions.ts";

/** An idempotent repeat gives the same again. */
export interface OfferResult extends QueueAnswer {
  /** Place just before the record that holds the message: subscribe with it to see everything that becomes of it. */
  readonly before: string;
}

/** Every method rejects with a `DispatchError`; of an unknown conversation with `conversation-not-found`. */
export interface Queues {
  list(conversationId: string): Promise<QueueState>;
  /**
   * Takes a message, on disk when it resolves: while a turn runs it waits, otherwise it starts one, and what was held goes on
   * behind it. Rejects with `queue-full`; an interrupt with `turn-not-stopped` when the turn did not make way in time: then
   * nothing of it is kept.
   */
  offer(conversationId: string, body: QueueBody, call: CallContext): Promise<OfferResult>;
  /** Takes one item back. `cancelled: false` when it does not wait any more. */
  cancel(conversationId: string, messageId: string, call: CallContext): Promise<QueueCancelAnswer>;
  /** Takes all items back. */
  clear(conversationId: string, call: CallContext): Promise<QueueClearAnswer>;
  /** Lets a held queue go on: starts its next turn, unless one runs. */
  resume(conversationId: string, call: CallContext): Promise<QueueResumeAnswer>;
}

export const queues = defineService<Queues>()("session-orchestrator/queues");
