/** Sockets whose other end is the test: the interface of a WebSocket and nothing behind it. */
import type { Frame } from "../links/link.ts";
import type { SocketEvent, SocketLike, WebSocketConstructor } from "../links/socket.ts";

export interface FakeSocket extends SocketLike {
  readonly url: string;
  readonly protocols: readonly string[];
  /** What the client has sent. */
  readonly sent: Frame[];
  /** Those of one type. */
  of(type: string): Frame[];
  readonly isClosed: boolean;
  /** The server's `hello`. */
  hello(fields?: Record<string, unknown>): void;
  give(frame: Record<string, unknown>): void;
  raw(data: unknown): void;
  drop(code?: number): void;
}

export interface FakeSockets {
  readonly WebSocket: WebSocketConstructor;
  readonly all: FakeSocket[];
  readonly last: FakeSocket;
}

/** `onSent`: a server that answers by itself. */
export function createFakeSockets(onSent?: (socket: FakeSocket, frame: Frame) => void): FakeSockets {
  const all: FakeSocket[] = [];

  function open(url: string, protocols: string[]): FakeSocket {
    const listeners = new Map<string, ((event: SocketEvent) => void)[]>();
    let isClosed = false;
    const emit = (event: SocketEvent) => {
      for (const listener of listeners.get(event.type) ?? []) listener(event);
    };
    const socket: FakeSocket = {
      url,
      protocols,
      sent: [],
      of: (type) => socket.sent.filter((frame) => frame.type === type),
      get isClosed() {
        return isClosed;
      },
      send(text) {
        if (isClosed) throw new Error("the socket is closed");
        const frame = JSON.parse(text) as Frame;
        socket.sent.push(frame);
        onSent?.(socket, frame);
      },
      close() {
        isClosed = true;
      },
      addEventListener: (type, listener) => {
        listeners.set(type, [...(listeners.get(type) ?? []), listener]);
      },
      hello: (fields = {}) =>
        socket.give({
          type: "hello",
          protocol: { min: 1, max: 1 },
          limits: { frameBytes: 10_000 },
          ...fields,
        }),
      give: (frame) => socket.raw(JSON.stringify(frame)),
      raw: (data) => emit({ type: "message", data }),
      drop(code = 1006) {
        isClosed = true;
        emit({ type: "error" });
        emit({ type: "close", code });
      },
    };
    all.push(socket);
    return socket;
  }

  return {
    WebSocket: function WebSocket(url: string, protocols: string[]) {
      return open(url, protocols);
    } as unknown as WebSocketConstructor,
    all,
    get last() {
      const socket = all.at(-1);
      if (!socket) throw new Error("no socket was opened");
      return socket;
    },
  };
}
