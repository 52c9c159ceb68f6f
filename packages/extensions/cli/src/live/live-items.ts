/** What a live connection calls back with, as an async iterable; and its pauses, as the lines on the screen want them. */
import type { Follower, FollowOptions, Live, StreamItem } from "@dispatch/client";

export interface LiveItems extends Follower, AsyncIterable<StreamItem> {
  /** Ends the iteration with this error, after what has come. */
  fail(error: unknown): void;
}

export function createLiveItems(): LiveItems {
  const waiting: StreamItem[] = [];
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => undefined;

  function fail(error: unknown): void {
    failure ??= { error };
    wake();
  }
  async function* read(): AsyncGenerator<StreamItem, void, undefined> {
    for (;;) {
      for (let item = waiting.shift(); item; item = waiting.shift()) yield item;
      if (failure) throw failure.error;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  return {
    onItems(items) {
      waiting.push(...items);
      wake();
    },
    onEnd: fail,
    fail,
    [Symbol.asyncIterator]: read,
  };
}

/**
 * Calls `fail` when the signal is aborted, the token refused, or `maxAttempts` in a row have failed; `onRetry` before each
 * pause. Gives the undo.
 */
export function watchAttempts(
  live: Live,
  options: FollowOptions,
  fail: (error: unknown) => void,
): () => void {
  const { signal, onRetry, maxAttempts = Number.POSITIVE_INFINITY } = options;
  let failures = 0;
  const abort = () => fail(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted) abort();
  const look = (state: Live["state"]) => {
    if (state.kind === "open") failures = 0;
    else if (state.kind === "refused") fail(state.error);
    else if (state.kind === "waiting") {
      failures += 1;
      if (failures >= maxAttempts) fail(state.error);
      else onRetry?.({ delayMs: Math.max(0, state.nextTryAt - Date.now()), error: state.error });
    }
  };
  const undo = live.onState(look);
  look(live.state);
  return () => {
    undo();
    signal?.removeEventListener("abort", abort);
  };
}
