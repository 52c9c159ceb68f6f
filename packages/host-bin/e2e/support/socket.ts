/** A WebSocket client as a stranger would write it from the contract: every conversation's frames are folded as they come. */
import { once } from "node:events";
import {
  applyEvent,
  createView,
  type DispatchEvent,
  decodeCursor,
  type Snapshot,
  serverFrames,
  type View,
} from "@dispatch/wire";
import { WebSocket } from "ws";

export type Received = { readonly type: string; readonly id?: string } & Readonly<Record<string, unknown>>;

export interface Device {
  readonly ws: WebSocket;
  readonly frames: readonly Received[];
  /** Kept over reconnects. */
  readonly views: Map<string, View>;
  readonly cursors: Map<string, string>;
  readonly ended: Promise<number>;
  ask(frame: Record<string, unknown>): Promise<Received>;
  until(fits: (frame: Received) => boolean): Promise<Received>;
  /** Waits until the conversation's turn is sealed. */
  sealed(conversationId: string): Promise<Received>;
}

export async function openSocket(
  server: { readonly url: string; readonly token: string },
  known?: Pick<Device, "views" | "cursors">,
): Promise<Device> {
  const ws = new WebSocket(
    `${server.url.replace(/^http/, "ws")}/ws`,
    ["dispatch.v1", `dispatch.token.${server.token}`],
    { origin: server.url },
  );
  const frames: Received[] = [];
  const views = known?.views ?? new Map<string, View>();
  const cursors = known?.cursors ?? new Map<string, string>();
  let fault: Error | undefined;
  let count = 0;
  let isOver = false;
  let wake = (): void => undefined;
  let change = next();

  function next(): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve;
    });
  }
  function take(frame: Received): void {
    serverFrames[frame.type as keyof typeof serverFrames].parse(frame);
    frames.push(frame);
    const id = String(frame.conversationId);
    const cursor = String(frame.cursor);
    if (frame.type === "chat.subscribed") {
      if (frame.mode === "snapshot") views.set(id, createView({ snapshot: frame.snapshot as Snapshot }));
      else if (!views.has(id)) views.set(id, createView({ seq: decodeCursor(cursor)?.seq ?? 0 }));
      cursors.set(id, cursor);
    } else if (frame.type === "chat.delta") {
      const view = views.get(id);
      for (const event of frame.events as DispatchEvent[])
        if (!view || applyEvent(view, event) === "gap") throw new Error(`a gap at ${JSON.stringify(event)}`);
      cursors.set(id, cursor);
    }
  }
  const notify = () => {
    const wakeThem = wake;
    change = next();
    wakeThem();
  };
  ws.on("message", (data) => {
    try {
      take(JSON.parse(String(data)) as Received);
    } catch (error) {
      fault ??= error as Error;
    }
    notify();
  });
  const ended = new Promise<number>((resolve) => {
    ws.once("close", (code) => {
      isOver = true;
      resolve(code);
      notify();
    });
  });
  await once(ws, "open");
  ws.on("error", () => undefined);

  async function until(fits: (frame: Received) => boolean): Promise<Received> {
    for (let at = 0; ; ) {
      const changed = change;
      for (; at < frames.length; at++) {
        const frame = frames[at];
        if (frame && fits(frame)) return frame;
      }
      if (fault) throw fault;
      if (isOver) throw new Error("the socket is closed");
      await changed;
    }
  }
  return {
    ws,
    frames,
    views,
    cursors,
    ended,
    async ask(frame) {
      const id = `q${count++}`;
      ws.send(JSON.stringify({ id, ...frame }));
      return until((each) => each.id === id);
    },
    until,
    sealed: (conversationId) =>
      until(
        (frame) =>
          frame.type === "chat.delta" &&
          frame.conversationId === conversationId &&
          (frame.events as DispatchEvent[]).some(({ type }) => type === "turn-sealed"),
      ),
  };
}
