/** Limits of sockets, subscriptions, operations and malformed frames. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { defineExtension, defineManifest } from "@dispatch/kernel";
import { scriptedProvider, textReply } from "@dispatch/kernel/testing";
import type { Scope } from "@dispatch/transport-http/ports";
import { afterEach, expect, test } from "vitest";
import * as z from "zod";
import { connect, refusedUpgrade } from "../test/socket-client.ts";
import { type SocketStage, startSocketStage } from "../test/start-socket.ts";
import { operations } from "./operations.ts";
import { ownOps } from "./ops/own-ops.ts";
import { answered, defineOp, ops } from "./ports.ts";
import { createSockets } from "./sockets.ts";

let stage: SocketStage;
afterEach(() => stage.stop());

test("more than so many malformed frames in a minute close the socket, slower ones do not", async () => {
  stage = await startSocketStage({ settings: { badFramesPerMinute: 3 } });
  const patient = await connect(stage.port);
  for (let minute = 0; minute < 3; minute++) {
    for (let n = 0; n < 3; n++) patient.ws.send("nonsense");
    expect(await patient.ask({ type: "ping" })).toMatchObject({ type: "ok" });
    await stage.clock.advance(1);
    patient.ws.pong();
    for (let n = 0; n < 5; n++) {
      await stage.clock.advance(12_000);
      expect(await patient.ask({ type: "ping" })).toMatchObject({ type: "ok" });
    }
  }
  const hasty = await connect(stage.port);
  for (let n = 0; n < 5; n++) hasty.ws.send("nonsense");
  expect(await hasty.ended).toEqual({ code: 1008, reason: "too many malformed frames" });
  expect(hasty.frames.filter(({ type }) => type === "error")).toHaveLength(4);
  await patient.close();
});

test("a socket too many is answered 429, and served when another has gone", async () => {
  stage = await startSocketStage({ settings: { maxSockets: 2 } });
  const first = await connect(stage.port);
  const second = await connect(stage.port);
  const { status, body } = await refusedUpgrade(stage.port);
  expect(status).toBe(429);
  expect(JSON.parse(body)).toMatchObject({ code: "too-many-requests" });
  await first.close();
  const third = await connect(stage.port);
  await Promise.all([second.close(), third.close()]);
});

test("a conversation too many is refused before anything is started", async () => {
  stage = await startSocketStage({
    settings: { maxSubscriptions: 1 },
    provider: scriptedProvider([textReply("a")]),
  });
  for (const id of ["a", "b"]) await stage.sessions.create({ id }, { credential: "t" });
  const client = await connect(stage.port);
  expect(await client.ask({ type: "chat.subscribe", conversationId: "a" })).toMatchObject({
    type: "chat.subscribed",
  });
  const refused = { type: "error", error: { code: "too-many-requests" } };
  expect(await client.ask({ type: "chat.subscribe", conversationId: "b" })).toMatchObject(refused);
  expect(await client.ask({ type: "chat.send", conversationId: "b", message: "m" })).toMatchObject(refused);
  expect((await stage.sessions.messages("b", {})).items).toEqual([]);
  // The one it follows may be followed anew and written to.
  expect(await client.ask({ type: "chat.subscribe", conversationId: "a", after: "0" })).toMatchObject({
    mode: "replay",
  });
  expect(await client.ask({ type: "chat.send", conversationId: "a", message: "m" })).toMatchObject({
    type: "ok",
  });
  await client.event("a", "turn-sealed");
  expect(await client.ask({ type: "chat.unsubscribe", conversationId: "a" })).toMatchObject({ type: "ok" });
  expect(await client.ask({ type: "chat.subscribe", conversationId: "b" })).toMatchObject({
    type: "chat.subscribed",
  });
  await client.close();
});

/** An extension with operations of its own: one that waits until it is let go, one that fails, one that answers itself. */
const notice = (text: string) => ({
  type: "notice",
  notice: { id: "1", ts: 1, level: "info", text, source: "extra" },
});

function extraOps() {
  const held: (() => void)[] = [];
  const state = { most: 0 };
  const frame = (type: string) => z.strictObject({ type: z.literal(type), id: z.string() });
  const manifest = defineManifest({
    id: "extra",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    contributes: { points: { "transport-ws/ops": ["extra.hold", "extra.fail", "extra.self"] } },
  });
  const extension = defineExtension(manifest, (host) => {
    host.contribute(
      ops,
      "extra.hold",
      defineOp({
        schema: frame("extra.hold"),
        scope: "write",
        handle: () =>
          new Promise((resolve) => {
            held.push(() => resolve({ held: true }));
            state.most = Math.max(state.most, held.length);
          }),
      }),
    );
    host.contribute(
      ops,
      "extra.fail",
      defineOp({
        schema: frame("extra.fail"),
        scope: "write",
        handle: async () => {
          throw new Error("the secret is 42");
        },
      }),
    );
    host.contribute(
      ops,
      "extra.self",
      defineOp({
        schema: frame("extra.self"),
        scope: "write",
        handle: async ({ id }, connection) => {
          connection.offer("n", () => notice("first"));
          connection.offer("n", () => notice("latest"));
          connection.offer("gone", () => notice("never"));
          connection.withdraw("gone");
          connection.send({ type: "ok", id, by: "itself" });
          return answered;
        },
      }),
    );
  });
  return { extension, held, state };
}

test("operations of other extensions are served, and what they throw gives nothing away", async () => {
  const { extension, held } = extraOps();
  stage = await startSocketStage({ extensions: [extension] });
  const client = await connect(stage.port);
  const holding = client.ask({ type: "extra.hold" });
  expect(await client.ask({ type: "extra.fail" })).toMatchObject({
    type: "error",
    error: { code: "internal" },
  });
  expect(JSON.stringify(client.frames)).not.toContain("42");
  expect(await client.ask({ type: "extra.self" })).toEqual({ type: "ok", id: "q2", by: "itself" });
  await client.until(({ notice }) => (notice as { text?: string })?.text === "latest");
  for (const release of held) release();
  expect(await holding).toMatchObject({ type: "ok", held: true });
  expect(client.frames.filter(({ type }) => type === "notice")).toHaveLength(1);
  expect(client.frames.filter(({ type }) => type === "ok")).toHaveLength(2);
  await client.close();
});

test("no more operations run at once than may, and reading waits for them", async () => {
  const { extension, held, state } = extraOps();
  stage = await startSocketStage({ extensions: [extension], settings: { maxOperations: 4 } });
  const client = await connect(stage.port);
  for (let n = 0; n < 300; n++) client.send({ type: "extra.hold", id: `h${n}` });
  while (client.frames.length < 301) {
    await expect.poll(() => held.length).toBeGreaterThan(0);
    for (const release of held.splice(0)) release();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(state.most).toBe(4);
  expect(client.frames.slice(1).map(({ id }) => id)).toEqual(Array.from({ length: 300 }, (_, n) => `h${n}`));
  await client.close();
});

test("each operation needs its scope", async () => {
  stage = await startSocketStage();
  const sessions = stage.sessions;
  const own = ownOps(sessions, {
    ask: () => Promise.reject(),
    waiting: async () => [],
    resolve: async () => undefined,
  });
  await sessions.create({ id: "c" }, { credential: "t" });
  const frames: Record<keyof typeof operations, object> = {
    "approval.resolve": { approvalId: "a", decision: "allow" },
    "chat.send": { message: "m" },
    "chat.stop": { conversationId: "c" },
    "chat.subscribe": { conversationId: "c" },
    "chat.unsubscribe": { conversationId: "c" },
    "conversations.subscribe": {},
    "conversations.unsubscribe": {},
    ping: {},
  };
  const scopes: readonly Scope[] = ["read", "write", "approve"];
  for (const missing of scopes) {
    const server = createServer();
    const nothing = () => undefined;
    const sockets = createSockets({
      sessions,
      settings: {
        frameBytes: 1_000,
        bufferBytes: 1_000,
        pingMs: 1_000,
        stallMs: 1_000,
        closeMs: 1_000,
        maxSockets: 1,
        maxSubscriptions: 1,
        maxOperations: 1,
        badFramesPerMinute: 1,
        version: "1",
      },
      timers: { after: () => nothing },
      log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
      now: () => 0,
      op: (type) => own[type as keyof typeof own],
      onGone: nothing,
      onOpened: nothing,
    });
    const caller = { credential: "narrow", scopes: new Set(scopes.filter((each) => each !== missing)) };
    server.on("upgrade", (request, socket, head) => sockets.accept(request, socket, head, caller));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const client = await connect((server.address() as AddressInfo).port);
    for (const [type, scope] of Object.entries(operations)) {
      if (scope !== missing) continue;
      expect(await client.ask({ type, ...frames[type as keyof typeof operations] })).toMatchObject({
        type: "error",
        error: { code: "forbidden-scope", detail: `${type} needs the scope ${missing}.` },
      });
    }
    await sockets.stop();
    expect((await client.ended).code).toBe(1001);
    await new Promise((resolve) => server.close(resolve));
  }
});
