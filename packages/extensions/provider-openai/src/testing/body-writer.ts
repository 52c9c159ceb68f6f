/** Writes a response body: honours backpressure, can cut it at any byte, and stops when the client is gone. */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setImmediate, setTimeout } from "node:timers/promises";

/** The body of one response. Everything that waits rejects when the client is gone. */
export interface BodyWriter {
  /** Writes bytes; resolves when the socket can take more. */
  write(bytes: string | Uint8Array): Promise<void>;
  /** Writes what is held back for a full piece. */
  flush(): Promise<void>;
  /** Ends the body; resolves when all of it was handed to the system. */
  end(): Promise<void>;
  /** Hands what was written to the system, then destroys the socket. */
  cut(): Promise<void>;
}

/** Waits `ms` milliseconds, or for ever if 0; rejects when `gone` fires. */
export async function pause(ms: number, gone: AbortSignal): Promise<void> {
  gone.throwIfAborted();
  if (ms > 0) return setTimeout(ms, undefined, { signal: gone });
  await once(gone, "abort");
  gone.throwIfAborted();
}

/** Waits for `event`; rejects when `gone` fires. */
export async function settled(event: PromiseLike<unknown>, gone: AbortSignal): Promise<void> {
  gone.throwIfAborted();
  const over = new AbortController();
  try {
    await Promise.race([event, once(gone, "abort", { signal: over.signal })]);
  } finally {
    over.abort();
  }
  gone.throwIfAborted();
}

/** A writer for the body of `response`; with `splitBytes`, each piece of that size is an HTTP chunk of its own. */
export function createBodyWriter(response: ServerResponse, gone: AbortSignal, splitBytes = 0): BodyWriter {
  let held: Uint8Array = new Uint8Array(0);

  const put = async (bytes: string | Uint8Array): Promise<void> => {
    gone.throwIfAborted();
    if (!response.write(bytes)) await once(response, "drain", { signal: gone });
  };

  const putPieces = async (smallest: number): Promise<void> => {
    while (held.length >= smallest && held.length > 0) {
      const piece = held.subarray(0, splitBytes);
      held = held.subarray(piece.length);
      await put(piece);
      // A turn of the event loop between pieces, or they would leave in one TCP write.
      await setImmediate();
    }
  };

  const flush = (): Promise<void> => putPieces(1);

  return {
    async write(bytes) {
      if (splitBytes <= 0) return put(bytes);
      held = Buffer.concat([held, Buffer.from(bytes)]);
      return putPieces(splitBytes);
    },
    flush,
    async end() {
      await flush();
      gone.throwIfAborted();
      response.end();
      if (!response.writableFinished) await once(response, "finish", { signal: gone });
    },
    async cut() {
      await flush();
      await setImmediate();
      while ((response.socket?.writableLength ?? 0) > 0) await setTimeout(1);
      response.destroy();
    },
  };
}
