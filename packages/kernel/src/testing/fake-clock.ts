/** A clock that moves only when told to: tests with deadlines take no time and always end the same. */

import type { HostClock } from "../bus/deadline.ts";
import type { Dispose } from "../contracts/host-api.ts";

export interface FakeClock extends HostClock {
  /** Rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Moves on by `ms`, running each timer at its time, in order, and letting promises settle before, between and after.
   * Work on real sockets or files is not waited for: such a test needs a real clock.
   */
  advance(ms: number): Promise<void>;
  /** Lets promises settle without moving on. */
  settle(): Promise<void>;
  /** Timers that wait. */
  pending(): number;
}

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Turns of the microtask queue after which promise chains of a test count as settled. */
const settleTurns = 200;

/** `start`: its first `now`, Unix ms; default 1,000,000. */
export function fakeClock(start = 1_000_000): FakeClock {
  let now = start;
  const timers = new Set<Timer>();

  async function settle(): Promise<void> {
    for (let turn = 0; turn < settleTurns; turn++) await undefined;
  }

  function after(ms: number, run: () => void): Dispose {
    const timer = { at: now + Math.max(0, ms), run };
    timers.add(timer);
    return () => void timers.delete(timer);
  }

  return {
    now: () => now,
    after,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const abort = () => {
          cancel();
          reject(signal?.reason);
        };
        const cancel = after(ms, () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        });
        signal?.addEventListener("abort", abort, { once: true });
      }),
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await settle();
        // Of two at the same time the one set first: a Set keeps that order and reduce the earlier of equals.
        const due = [...timers].filter((timer) => timer.at <= end);
        const next = due.reduce<Timer | undefined>(
          (first, each) => (first && first.at <= each.at ? first : each),
          undefined,
        );
        if (!next) break;
        timers.delete(next);
        now = Math.max(now, next.at);
        next.run();
      }
      now = end;
    },
    settle,
    pending: () => timers.size,
  };
}
