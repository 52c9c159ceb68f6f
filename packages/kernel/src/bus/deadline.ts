/**
 * Deadlines on an injected clock: waits for foreign work no longer than agreed.
 * What comes after the deadline is ignored, its rejection included.
 */
import type { Dispose } from "../contracts/host-api.ts";

/** Time as the host gets it. `after` calls once; the returned function cancels. Milliseconds. */
export interface HostClock {
  now(): number;
  after(ms: number, run: () => void): Dispose;
}

/** The longest delay one timer can have. A deadline of at least this long needs no timer: it never comes. */
export const longestDelay = 2_147_483_647;

export interface DeadlineOptions {
  readonly ms: number;
  /** Makes the error of a missed deadline. */
  readonly late: () => Error;
  /** Gives up with the signal's reason. */
  readonly signals?: readonly (AbortSignal | undefined)[];
}

/** Settles as `work` does, or rejects when the time is over or a signal aborts. Leaves no timer and no listener. */
export function withDeadline<T>(
  clock: HostClock,
  work: PromiseLike<T>,
  options: DeadlineOptions,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const undo: Dispose[] = [];
    const settle = (run: () => void) => {
      for (const each of undo.splice(0)) each();
      run();
    };
    work.then(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    );
    const signals = (options.signals ?? []).filter((signal) => signal !== undefined);
    const aborted = signals.find((signal) => signal.aborted);
    if (aborted) return reject(aborted.reason);
    for (const signal of signals) undo.push(onAbort(signal, () => settle(() => reject(signal.reason))));
    if (options.ms < longestDelay) {
      undo.push(clock.after(options.ms, () => settle(() => reject(options.late()))));
    }
  });
}

/** Calls back once when the signal aborts. */
export function onAbort(signal: AbortSignal, run: () => void): Dispose {
  signal.addEventListener("abort", run, { once: true });
  return () => signal.removeEventListener("abort", run);
}

/** `clock.after` for delays of any length: one that is too long for a timer is waited for in parts. */
export function afterAnyDelay(clock: HostClock, ms: number, run: () => void): Dispose {
  const wait = (left: number): Dispose =>
    left <= longestDelay
      ? clock.after(Math.max(0, left), run)
      : clock.after(longestDelay, () => {
          cancel = wait(left - longestDelay);
        });
  let cancel = wait(ms);
  return () => cancel();
}

export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
