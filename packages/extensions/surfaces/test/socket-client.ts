/** A client: sends frames, keeps what came, every frame checked against its schema. */
import { once } from "node:events";
import { type Problem, serverFrames } from "@dispatch/wire";
import { WebSocket } from "ws";

export type Received = { readonly type: string; readonly id?: string } & Readonly<Record<string, unknown>>;

export interface SocketClient {
  readonly frames: readonly Received[];
  readonly ended: Promise<number>;
  send(frame: Record<string, unknown>): void;
  /** Sends it with an id of its own and gives the one answer. */
  ask(frame: Record<string, unknown>): Promise<Received & { readonly error?: Problem }>;
  /** The first frame, from those that came on, that fits. */
  until(fits: (frame: Received) => boolean): Promise<Received>;
  close(): Promise<void>;
}

export async function connect(port: number, token: string): Promise<SocketClient> {
  const headers = { authorization: `Bearer ${token}` };
  const ws = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers, perMessageDeflate: false });
  const frames: Received[] = [];
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const each of [...waiting]) each();
  };
  let failure: Error | undefined;
  let count = 0;
  ws.on("message", (data) => {
    try {
      const frame = JSON.parse(String(data)) as Received;
      serverFrames[frame.type as keyof typeof serverFrames].parse(frame);
      frames.push(frame);
    } catch (error) {
      failure ??= error as Error;
    }
    wake();
  });
  const ended = once(ws, "close").then(([code]) => {
    failure ??= new Error(`closed with ${code}; had ${JSON.stringify(frames).slice(0, 2_000)}`);
    wake();
    return code as number;
  });
  await once(ws, "open");

  async function until(fits: (frame: Received) => boolean): Promise<Received> {
    for (let at = 0; ; ) {
      for (; at < frames.length; at++) {
        const frame = frames[at];
        if (frame && fits(frame)) return frame;
      }
      if (failure) throw failure;
      await new Promise<void>((resolve) => {
        const go = () => {
          waiting.delete(go);
          resolve();
        };
        waiting.add(go);
      });
    }
  }

  await until(({ type }) => type === "hello");
  return {
    frames,
    ended,
    send: (frame) => ws.send(JSON.stringify(frame)),
    ask(frame) {
      const id = `q${count++}`;
      ws.send(JSON.stringify({ id, ...frame }));
      return until((each) => each.id === (frame.id ?? id) && (each.type === "ok" || each.type === "error"));
    },
    until,
    async close() {
      const before = failure;
      ws.close();
      await ended;
      if (before) throw before;
    },
  };
}
