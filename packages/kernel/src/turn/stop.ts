/**
 * The early end of a turn, where abort, time limit and failures meet: whoever stops first decides why. What the turn
 * waits for is raced against it, so that nobody who ignores the signal can hold the turn.
 */
import type { Clock } from "../contracts/turn.ts";

export type StopCause = "aborted" | "timeout" | "error";

/** What a race gives when the turn stopped first. */
export const cut: unique symbol = Symbol("cut");
export type Cut = typeof cut;

export interface Stop {
  /** For providers, tools and hooks: aborted when the turn stops, and when it ends. */
  readonly signal: AbortSignal;
  readonly cause: StopCause | undefined;
  /** Stops the turn, unless it is stopped or over. */
  now(cause: StopCause): void;
  /** Calls back once when the turn stops; undone by what it returns. */
  onStop(listener: () => void): () => void;
  /** The work's result, or `cut` at the moment of the stop. What the work does later is ignored. */
  race<T>(work: PromiseLike<T> | T): Promise<T | Cut>;
  /** As `race`, but work may take until the grace period after the stop is over. */
  raceGrace<T>(work: PromiseLike<T> | T): Promise<T | Cut>;
  /** The turn is over: frees timers and listeners. */
  close(): void;
}

export interface StopOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly graceMs: number;
  readonly timeoutMs?: number | undefined;
}

export function createStop({ signal, clock, graceMs, timeoutMs }: StopOptions): Stop {
  const stopped = new AbortController();
  const ended = new AbortController();
  const atStop = new Set<() => void>();
  const atGraceEnd = new Set<() => void>();
  let cause: StopCause | undefined;
  let graceOver = false;

  function now(why: StopCause): void {
    if (cause !== undefined || ended.signal.aborted) return;
    cause = why;
    stopped.abort(why === "aborted" ? signal.reason : abortError(why));
    wake(atStop);
    void after(graceMs, () => {
      graceOver = true;
      wake(atGraceEnd);
    });
  }

  async function after(ms: number, run: () => void): Promise<void> {
    try {
      await clock.sleep(ms, ended.signal);
    } catch {
      if (ended.signal.aborted) return; // Otherwise the clock is broken: better early than never.
    }
    run();
  }

  const onAbort = () => now("aborted");
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  if (timeoutMs !== undefined) void after(timeoutMs, () => now("timeout"));

  return {
    signal: stopped.signal,
    get cause() {
      return cause;
    },
    now,
    onStop(listener) {
      atStop.add(listener);
      return () => atStop.delete(listener);
    },
    race: (work) => raceAgainst(atStop, cause !== undefined, work),
    raceGrace: (work) => raceAgainst(atGraceEnd, graceOver, work),
    close() {
      signal.removeEventListener("abort", onAbort);
      ended.abort();
      stopped.abort(abortError("ended"));
    },
  };
}

/** Not `Promise.race`: that would leave a reaction on a promise as old as the turn at every call. */
function raceAgainst<T>(waiting: Set<() => void>, over: boolean, work: PromiseLike<T> | T): Promise<T | Cut> {
  return new Promise((resolve, reject) => {
    const giveUp = () => resolve(cut);
    if (over) giveUp();
    else waiting.add(giveUp);
    Promise.resolve(work).then(
      (value) => {
        waiting.delete(giveUp);
        resolve(value);
      },
      (error: unknown) => {
        waiting.delete(giveUp);
        reject(error);
      },
    );
  });
}

function wake(waiting: Set<() => void>): void {
  const listeners = [...waiting];
  waiting.clear();
  for (const listener of listeners) listener();
}

const sentences = {
  timeout: "The turn's time limit was reached.",
  error: "The turn failed.",
  ended: "The turn is over.",
};

function abortError(why: "timeout" | "error" | "ended"): Error {
  const error = new Error(sentences[why]);
  error.name = why === "timeout" ? "TimeoutError" : "AbortError";
  return error;
}
