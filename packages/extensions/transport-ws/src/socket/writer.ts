/**
 * Writes to one socket as fast as its client reads, and no faster. Whoever has something to say waits in a ring and is asked
 * for one piece when it is its turn and less than `bufferBytes` wait for the client: nothing is queued in between.
 */
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { textFrame } from "../frames/text-frame.ts";

/** Asked for one piece, a text frame; calls `write` at most once. Wakes itself again when it has more. */
export type Source = (write: (frame: Buffer) => void) => void | Promise<void>;

export interface WriterOptions {
  readonly ws: WebSocket;
  /** Under the WebSocket. */
  readonly socket: Socket;
  readonly bufferBytes: number;
  readonly stallMs: number;
  /** The client has taken nothing for `stallMs`, though something waits for it. */
  readonly onStall: () => void;
  /** A source failed; it is not asked again before it wakes. */
  readonly onError: (error: unknown) => void;
}

export interface Writer {
  /** Sends at once. */
  send(text: string): void;
  /** As `send`, for what is a text frame already. */
  write(frame: Buffer): void;
  /** Has a place in the ring: at its end, unless it waits there already. */
  wake(source: Source): void;
  forget(source: Source): void;
  /** More waits for the client than may. */
  readonly blocked: boolean;
  /** Resolves when it is not blocked, at once if it is not, and when it is closed. */
  room(): Promise<void>;
  close(): void;
}

export function createWriter({ ws, socket, bufferBytes, stallMs, ...on }: WriterOptions): Writer {
  const ring = new Set<Source>();
  let pumping = false;
  let closed = false;
  let draining: { readonly promise: Promise<void>; readonly end: () => void } | undefined;
  let burst = 0;

  const blocked = () => !closed && ws.bufferedAmount >= bufferBytes;

  // Whole frames go by the sender of `ws`, which holds nothing back while it neither compresses nor sends blobs.
  function write(frame: Buffer): void {
    if (closed || ws.readyState !== ws.OPEN) return;
    burst += frame.length;
    socket.write(frame);
  }

  function drained(): Promise<void> {
    if (draining) return draining.promise;
    let resolve = (): void => undefined;
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    const end = () => {
      socket.off("drain", end).setTimeout(0);
      draining = undefined;
      resolve();
    };
    draining = { promise, end };
    // The time-out of a socket starts anew whenever bytes move, also within one large write.
    socket.on("drain", end).setTimeout(stallMs);
    return promise;
  }

  async function room(): Promise<void> {
    while (blocked()) await drained();
  }

  /** Goes on without a pause while sources answer at once: with hundreds of sockets every promise counts. */
  function pump(): void {
    for (;;) {
      if (blocked()) return void drained().then(pump);
      // A client that reads as fast as we write must not keep the event loop from everybody else.
      if (burst >= bufferBytes) {
        burst = 0;
        return void setImmediate(pump);
      }
      const source = ring.values().next().value;
      if (closed || !source) {
        pumping = false; // in the tick that found nothing, so that the next to wake begins anew
        return;
      }
      ring.delete(source);
      try {
        const given = source(write);
        if (given) return void given.catch(on.onError).then(pump);
      } catch (error) {
        on.onError(error);
      }
    }
  }

  socket.on("timeout", on.onStall);
  return {
    send: (text) => write(textFrame(text)),
    write,
    wake(source) {
      if (closed) return;
      ring.add(source);
      if (pumping) return;
      pumping = true;
      queueMicrotask(pump); // what is woken in one tick is asked after it
    },
    forget: (source) => void ring.delete(source),
    get blocked() {
      return blocked();
    },
    room,
    close() {
      if (closed) return;
      closed = true;
      ring.clear();
      socket.off("timeout", on.onStall);
      draining?.end();
    },
  };
}
