/** One HTTP exchange: closed by its caller's signal or by silence, and only by a clean end left open for the next. */
import type { HostAPI } from "@dispatch/kernel";

/** How long the rest of a finished answer may take, in ms; then its connection is not worth keeping. */
const restMs = 1_000;
/** What is read of an error's body, in bytes. */
const maxErrorBody = 64 * 1024;
/** What is read of a whole answer, in bytes. */
const maxAnswerBody = 32 * 1024 * 1024;

type Reader = ReadableStreamDefaultReader<Uint8Array>;

export interface Connection {
  /** For `fetch`. */
  readonly signal: AbortSignal;
  /** It was closed because nothing came for `idleMs`. */
  readonly silent: boolean;
  /** Waits for the network; only this time counts as silence, not the time a consumer takes. */
  wait<T>(read: Promise<T>): Promise<T>;
  /** The text of a body: of an answer at most 32 MiB, of an error at most 64 KiB; more is cut and closes the connection. */
  text(response: Response): Promise<string>;
  /** The answer is complete: reads what is left in the background, so that the next request finds the connection open. */
  release(reader: Reader): void;
  /** Closes it unless it was released. */
  close(): void;
}

/** `idleMs`: the silence that closes it. `outer` closes it too, and so does the end of the extension. */
export function openConnection(
  outer: AbortSignal,
  host: Pick<HostAPI, "timers" | "now" | "signal">,
  idleMs: number,
): Connection {
  const inner = new AbortController();
  const abort = (): void => inner.abort();
  let waitingSince: number | undefined;
  let silent = false;
  let released = false;
  let stopWatch = host.timers.after(idleMs, look);

  for (const signal of [outer, host.signal]) {
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
  }

  // One timer for the whole exchange, set again for the remainder: a timer for each read would cost more than the read.
  function look(): void {
    const waited = waitingSince === undefined ? 0 : host.now() - waitingSince;
    if (waited >= idleMs) {
      silent = true;
      abort();
    } else stopWatch = host.timers.after(idleMs - waited, look);
  }

  function detach(): void {
    stopWatch();
    for (const signal of [outer, host.signal]) signal.removeEventListener("abort", abort);
  }

  async function wait<T>(read: Promise<T>): Promise<T> {
    waitingSince = host.now();
    try {
      return await read;
    } finally {
      waitingSince = undefined;
    }
  }

  async function readRest(reader: Reader): Promise<void> {
    let giveUp: (() => void) | undefined;
    try {
      giveUp = host.timers.after(restMs, abort);
      while (!(await reader.read()).done);
    } catch {
      // The answer is complete: a connection that breaks now, or outlives the extension, is just not used again.
      abort();
    } finally {
      giveUp?.();
    }
  }

  return {
    signal: inner.signal,
    get silent() {
      return silent;
    },
    wait,
    async text(response) {
      if (response.body === null) return "";
      const limit = response.ok ? maxAnswerBody : maxErrorBody;
      const reader = response.body.getReader();
      const utf8 = new TextDecoder();
      let text = "";
      for (let size = 0; size < limit; ) {
        const { done, value } = await wait(reader.read());
        if (done) return text + utf8.decode();
        size += value.length;
        text += utf8.decode(value, { stream: true });
      }
      return text;
    },
    release(reader) {
      released = true;
      detach();
      void readRest(reader);
    },
    close() {
      detach();
      if (!released) abort();
    },
  };
}
