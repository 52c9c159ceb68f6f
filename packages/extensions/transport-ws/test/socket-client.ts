/** A client: sends frames, keeps what came, and checks every frame against its schema and the guarantee of its stream. */
import { once } from "node:events";
import {
  applyEvent,
  createView,
  type DispatchEvent,
  decodeCursor,
  type Problem,
  type Snapshot,
  serverFrames,
  type View,
} from "@dispatch/wire";
import { type ClientOptions, WebSocket } from "ws";
import { token } from "./start-socket.ts";

export type Received = { readonly type: string; readonly id?: string } & Readonly<Record<string, unknown>>;

export interface Ended {
  readonly code: number;
  readonly reason: string;
}

export interface SocketClient {
  readonly ws: WebSocket;
  /** Everything that came, in order. */
  readonly frames: readonly Received[];
  /** What has become of each conversation, folded from its frames. */
  readonly views: ReadonlyMap<string, View>;
  /** Last cursor of each. */
  readonly cursors: ReadonlyMap<string, string>;
  readonly ended: Promise<Ended>;
  send(frame: unknown): void;
  /** Sends it with an id of its own and gives the one answer. */
  ask(frame: Record<string, unknown>): Promise<Received & { readonly error?: Problem }>;
  /** The first frame, from those that came on, that fits. */
  until(fits: (frame: Received) => boolean): Promise<Received>;
  /** Waits for a record of this type in the conversation, from those that came on. */
  event(conversationId: string, type: string): Promise<DispatchEvent>;
  close(): Promise<void>;
}

export const bearer = { authorization: `Bearer ${token}` };

export async function connect(
  port: number,
  options: ClientOptions & { protocols?: readonly string[]; views?: ReadonlyMap<string, View> } = {},
): Promise<SocketClient> {
  const { protocols = [], views: held, ...rest } = options;
  const ws = new WebSocket(`ws://127.0.0.1:${port}/ws`, [...protocols], {
    headers: protocols.length > 0 ? {} : bearer,
    perMessageDeflate: false,
    ...rest,
  });
  const frames: Received[] = [];
  const views = new Map(held);
  const cursors = new Map<string, string>();
  const failures: Error[] = [];
  const waiting = new Set<() => void>();
  let count = 0;

  function take(frame: Received): void {
    const schema = serverFrames[frame.type as keyof typeof serverFrames];
    if (!schema) throw new Error(`a frame of unknown type: ${frame.type}`);
    schema.parse(frame);
    frames.push(frame);
    const id = String(frame.conversationId);
    if (frame.type === "chat.subscribed") {
      const cursor = String(frame.cursor);
      cursors.set(id, cursor);
      if (frame.mode === "snapshot") views.set(id, createView({ snapshot: frame.snapshot as Snapshot }));
      else if (!views.has(id)) views.set(id, createView({ seq: decodeCursor(cursor)?.seq ?? 0 }));
      else if ((decodeCursor(cursor)?.seq ?? 0) > (views.get(id)?.seq ?? 0))
        throw new Error("a subscription begins beyond what its client holds");
    }
    if (frame.type === "chat.delta") {
      const view = views.get(id);
      if (!view) throw new Error("a delta without a subscription");
      for (const event of frame.events as DispatchEvent[])
        if (applyEvent(view, event) === "gap") throw new Error(`a gap before ${JSON.stringify(event)}`);
      cursors.set(id, String(frame.cursor));
    }
  }

  ws.on("message", (data) => {
    try {
      take(JSON.parse(String(data)) as Received);
    } catch (error) {
      failures.push(error as Error);
    }
    for (const wake of [...waiting]) wake();
  });
  const ended = new Promise<Ended>((resolve) => {
    ws.once("close", (code, reason) => {
      resolve({ code, reason: String(reason) });
      for (const wake of [...waiting]) wake();
    });
  });
  let isClosed = false;
  void ended.then(() => {
    isClosed = true;
  });
  await once(ws, "open");
  ws.on("error", () => undefined);

  async function until(fits: (frame: Received) => boolean): Promise<Received> {
    for (let at = 0; ; ) {
      for (; at < frames.length; at++) {
        const frame = frames[at];
        if (frame && fits(frame)) return frame;
      }
      if (failures[0]) throw failures[0];
      if (isClosed) throw new Error(`closed; had ${JSON.stringify(frames).slice(0, 2_000)}`);
      await new Promise<void>((resolve) => {
        const wake = () => {
          waiting.delete(wake);
          resolve();
        };
        waiting.add(wake);
      });
    }
  }

  const client: SocketClient = {
    ws,
    frames,
    views,
    cursors,
    ended,
    send: (frame) => ws.send(JSON.stringify(frame)),
    async ask(frame) {
      const id = `q${count++}`;
      client.send({ id, ...frame });
      return until((each) => each.id === (frame.id ?? id) && each.type !== "conversation.changed");
    },
    until,
    async event(conversationId, type) {
      let found: DispatchEvent | undefined;
      await until((frame) => {
        if (frame.type !== "chat.delta" || frame.conversationId !== conversationId) return false;
        found = (frame.events as DispatchEvent[]).find((event) => event.type === type);
        return found !== undefined;
      });
      if (!found) throw new Error("unreachable");
      return found;
    },
    async close() {
      ws.close();
      await ended;
      if (failures[0]) throw failures[0];
    },
  };
  await until(({ type }) => type === "hello");
  return client;
}

/** The answer to an upgrade that is refused. */
export async function refusedUpgrade(
  port: number,
  options: ClientOptions & { protocols?: readonly string[]; path?: string } = {},
): Promise<{ status: number; body: string }> {
  const { protocols = [], path = "/ws", ...rest } = options;
  const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, [...protocols], { headers: bearer, ...rest });
  ws.on("error", () => undefined);
  const [, response] = (await once(ws, "unexpected-response")) as [
    unknown,
    import("node:http").IncomingMessage,
  ];
  let body = "";
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode ?? 0, body };
}
