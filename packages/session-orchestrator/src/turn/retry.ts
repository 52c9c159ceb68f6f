/** When a failed provider request is tried again: a schedule with jitter, `Retry-After` honoured, a budget per turn. */
import type { ProviderFailure, RetryPolicy } from "@dispatch/kernel";

export interface RetryOptions {
  /** Delays in ms; the last one repeats. Empty: never again. */
  readonly delaysMs: readonly number[];
  /** Sleep of one turn in all, ms. */
  readonly budgetMs: number;
  /** 0 to 1. */
  readonly random: () => number;
}

/** One policy per turn: it counts the sleep it has granted. */
export function createRetryPolicy({ delaysMs, budgetMs, random }: RetryOptions): RetryPolicy {
  let spent = 0;
  return {
    delayFor(attempt: number, error: ProviderFailure) {
      const scheduled = delaysMs[Math.min(attempt, delaysMs.length) - 1];
      if (scheduled === undefined) return "stop";
      // Up to a fifth more, so that many turns refused together do not come back together.
      const own = Math.round(scheduled * (1 + random() * 0.2));
      // A server that asks for no wait, and refuses again, would be asked for ever: some of the schedule counts all the same.
      const delay =
        error.retryAfterMs === undefined ? own : Math.max(error.retryAfterMs, Math.ceil(scheduled / 10));
      if (spent + delay > budgetMs) return "stop";
      spent += delay;
      return delay;
    },
  };
}
