/** `chat` and `watch` over a real socket to a small server of `ws`, which says what the test wants said. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { encodeCursor } from "@dispatch/wire";
import { afterEach, expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { numbered, runCli, startCli } from "../testing/run-cli.ts";

let server: WebSocketServer | undefined;
afterEach(() => {
  for (const socket of server?.clients ?? []) socket.terminate();
  server?.close();
});

type Frame = { readonly type: string; readonly id: string } & Readonly<Record<string, unknown>>;

async function serve(answer: (frame: Frame, give: (frame: object) => void, socket: WebSocket) => void) {
  server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => "dispatch.v1" });
  const frames: Frame[] = [];
  server.on("connection", (socket) => {
    const give = (frame: object) => socket.send(JSON.stringify(frame));
    give({ type: "hello", protocol: { min: 1, max: 1 }, limits: {} });
    socket.on("message", (data) => {
      const frame = JSON.parse(String(data)) as Frame;
      frames.push(frame);
      answer(frame, give, socket);
    });
  });
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const found = { url, token: "t", differences: [] };
  return { frames, servers: { find: async () => found, ensure: async () => found } };
}

const accepted = { conversationId: "conv-1", turnId: "t1", messageId: "m", seq: 1 };
const cursorAt = (seq: number) => encodeCursor({ epoch: "e", seq, check: "x", blocks: new Map() });
const usage = { inputTokens: 1, outputTokens: 1 };
const turn = numbered([
  { type: "user-message", text: "hi", messageId: "m" },
  { type: "turn-start", model: "x/y", attempt: 1 },
  { type: "text-delta", block: "b", at: 0, text: "Hello" },
  { type: "text", block: "b", length: 5 },
  { type: "done", reason: "completed", usage, contextSize: 0, durationMs: 1, steps: 1, model: "x/y" },
  { type: "turn-sealed" },
]);
const begin = (id: string, give: (frame: object) => void) => {
  give({ type: "ok", id, ...accepted, cursor: cursorAt(2) });
  give({ type: "chat.subscribed", conversationId: "conv-1", mode: "replay", cursor: "e~0~0" });
};
const delta = (events: readonly unknown[], seq: number) => ({
  type: "chat.delta",
  conversationId: "conv-1",
  cursor: cursorAt(seq),
  events,
});

it("chat sends one frame and prints the turn, with --json each of its items", async () => {
  const { frames, servers } = await serve(({ type, id }, give) => {
    if (type !== "chat.send") return;
    begin(id, give);
    give(delta(turn, 5));
  });
  expect(await runCli(["chat", "hi"], { servers })).toMatchObject({ code: 0, out: "Hello\n" });
  expect(frames[0]).toMatchObject({ type: "chat.send", message: "hi", idempotencyKey: expect.any(String) });
  const { out } = await runCli(["chat", "hi", "--json"], { servers });
  const items = out.trimEnd().split("\n");
  expect(items.map((line) => (JSON.parse(line) as { event: unknown }).event)).toEqual(turn);
});

it("a second Ctrl-C leaves at once, whatever the server does", async () => {
  const { servers } = await serve(({ type, id }, give) => {
    if (type !== "chat.send") return;
    begin(id, give);
    give(delta(turn.slice(0, 3), 2));
  });
  const session = startCli(["chat", "hi"], { servers });
  await expect.poll(() => session.screen()).toContain("Hello");
  session.interrupt();
  session.interrupt();
  expect((await session.done).code).toBe(130);
});

it("a send that nobody has acknowledged is taken back by leaving", async () => {
  const { frames, servers } = await serve(() => undefined);
  const session = startCli(["chat", "hi"], { servers });
  await expect.poll(() => frames).toHaveLength(1);
  session.interrupt();
  session.interrupt();
  expect((await session.done).code).toBe(130);
});

it("a cut is said with the time of the next try, and the same send is repeated", async () => {
  let isFirst = true;
  const { frames, servers } = await serve(({ type, id }, give, socket) => {
    if (type !== "chat.send") return;
    if (isFirst) {
      isFirst = false;
      socket.terminate();
      return;
    }
    begin(id, give);
    give(delta(turn, 5));
  });
  const { code, out, err } = await runCli(["chat", "hi"], { servers });
  expect([code, out]).toEqual([0, "Hello\n"]);
  expect(err).toMatch(/· connection lost; trying again in \d+ ms \(at \d\d:\d\d:\d\d\)/);
  const keys = frames.filter(({ type }) => type === "chat.send").map(({ idempotencyKey }) => idempotencyKey);
  expect(keys).toHaveLength(2);
  expect(new Set(keys).size).toBe(1);
});

it("watch without an id tells the list as lines", async () => {
  const { servers } = await serve(({ type, id }, give) => {
    if (type !== "conversations.subscribe") return;
    const row = { id: "one", status: "idle", title: "First" };
    give({ type: "ok", id, items: [row] });
    give({
      type: "conversation.changed",
      id: "one",
      reason: "status",
      conversation: { ...row, status: "active" },
    });
    give({ type: "conversation.deleted", conversationId: "one" });
  });
  const session = startCli(["watch"], { servers });
  await expect.poll(() => session.screen()).toContain("deleted");
  session.interrupt();
  const { code, out } = await session.done;
  expect(code).toBe(130);
  expect(out.replace(/^\S+ {2}/gm, "")).toBe("one  idle  First\none  active  status  First\none  deleted\n");
});
