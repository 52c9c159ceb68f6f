/**
 * The port `inbox`: what becomes of messages that come while a turn runs, as pure policy. An extension provides it; without
 * one nothing is queued, and what waited before is held.
 */
import { defineService } from "@dispatch/kernel";
import type { QueueItem } from "@dispatch/wire";

/** Every method is pure and quick: it is asked in the middle of a decision about the conversation. */
export interface Inbox {
  /** Why this item cannot wait behind these, in a sentence; undefined when it can. */
  refusal(queue: readonly QueueItem[], item: QueueItem): string | undefined;
  /** What goes into the running turn at a tool-result boundary, in order. */
  steering(queue: readonly QueueItem[]): readonly QueueItem[];
  /** What opens the next turn after a completed one: one user message each, in order. Empty: nothing starts, all is held. */
  next(queue: readonly QueueItem[]): readonly QueueItem[];
  /** How long an interrupt waits for the seal of the turn that it aborts, ms. */
  readonly interruptMs: number;
}

export const inbox = defineService<Inbox>()("session-orchestrator/inbox");
