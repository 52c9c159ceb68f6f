/** What the client needs of a WebSocket: browsers', Deno's and Bun's own fit, and so does that of `ws` for Node 20. */

/** The members that events of a socket have in common, and those that some have. */
export interface SocketEvent {
  readonly type: string;
  /** Of `message`: text. */
  readonly data?: unknown;
  /** Of `close`. */
  readonly code?: number;
}

export interface SocketLike {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  /** `ws` has it: ends a connection that answers nothing, without the closing handshake. */
  terminate?(): void;
  addEventListener(
    type: "open" | "message" | "close" | "error",
    listener: (event: SocketEvent) => void,
  ): void;
}

export type WebSocketConstructor = new (url: string, protocols: string[]) => SocketLike;
