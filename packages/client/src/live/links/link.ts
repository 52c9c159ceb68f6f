/** A link: one connection to the server that takes and gives frames of `dispatch.v1`, whatever carries them. */
import { type ClientError, clientError } from "../../client-error.ts";

/** A frame in either direction. */
export type Frame = { readonly type: string; readonly id?: string } & Readonly<Record<string, unknown>>;

export type Transport = "ws" | "sse";

export interface LinkEvents {
  /** Usable: the server has said who it is. */
  opened(hello: Hello): void;
  frame(frame: Frame): void;
  /** Once, and then nothing more; not after `close`. `code`: of the socket, 1006 for a cut. */
  ended(end: LinkEnd): void;
}

export interface LinkEnd {
  readonly code: number;
  readonly error: ClientError;
}

export interface Hello {
  /** Bytes of the largest frame the server reads. */
  readonly frameBytes: number;
}

export interface Link {
  readonly transport: Transport;
  send(frame: Frame): void;
  /** Ends it without a word. `gently`: what is asked already is still answered. */
  close(options?: { gently?: boolean }): void;
}

/** Time, so that tests need none. */
export interface Clock {
  /** In ms. */
  now(): number;
  /** Calls back once after `ms`, unless it is undone. */
  after(ms: number, run: () => void): () => void;
}

/** The connection of a request is gone, or there was none. */
export const connectionLost = (
  what = "The connection was lost before the answer came; it may or may not have been done.",
): ClientError =>
  clientError("connection-lost", what, {
    details: {
      fix: "Look at the state after the reconnect, then repeat it if it is still wanted.",
      data: {},
    },
  });
