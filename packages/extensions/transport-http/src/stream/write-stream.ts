/** Writes a stream as fast as its client reads, and no faster: there is no queue behind the socket. */
import type { ServerResponse } from "node:http";
import type { Timers } from "@dispatch/kernel";
import type { StreamAnswer } from "../ports.ts";

export interface StreamLimits {
  /** What may wait for the client before the next piece is asked for; at most this and one piece are held. */
  readonly streamBufferBytes: number;
  readonly heartbeatMs: number;
}

export interface StreamContext extends StreamLimits {
  readonly timers: Pick<Timers, "every">;
  /** Ends the stream. */
  readonly signal: AbortSignal;
}

/** Resolves when the stream is over. Rejects, with the connection cut, when its source does. The head is written already. */
export async function writeStream(
  outgoing: ServerResponse,
  stream: StreamAnswer,
  context: StreamContext,
): Promise<void> {
  const { signal, streamBufferBytes, heartbeatMs, timers } = context;
  const close = () => stream.close();
  signal.addEventListener("abort", close, { once: true });
  const { heartbeat } = stream;
  const beat = () => void (outgoing.writableLength === 0 && outgoing.write(heartbeat));
  const stopBeat = heartbeat === undefined ? undefined : timers.every(heartbeatMs, beat);
  // The head goes with the first piece in one write, or alone when that is not there at once.
  const alone = setImmediate(() => outgoing.flushHeaders());
  try {
    for (
      let piece = stream.open ?? (await stream.next());
      piece !== undefined && !signal.aborted;
      piece = await stream.next()
    ) {
      clearImmediate(alone);
      if (!outgoing.write(piece) && outgoing.writableLength > streamBufferBytes)
        await drained(outgoing, signal);
      if (signal.aborted) break;
    }
    outgoing.end();
  } catch (error) {
    outgoing.flushHeaders();
    await new Promise(setImmediate); // what was written leaves: the client learns that it had begun
    outgoing.destroy();
    throw error;
  } finally {
    clearImmediate(alone);
    stopBeat?.();
    signal.removeEventListener("abort", close);
    stream.close();
  }
}

function drained(outgoing: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      outgoing.off("drain", done).off("close", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    outgoing.once("drain", done).once("close", done);
    signal.addEventListener("abort", done, { once: true });
  });
}
