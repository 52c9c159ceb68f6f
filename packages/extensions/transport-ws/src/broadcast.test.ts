import { createHash } from "node:crypto";
import { defineExtension, defineManifest } from "@dispatch/kernel";
import { type Credentials, credentials } from "@dispatch/transport-http/ports";
import { afterEach, expect, test } from "vitest";
import { connect, type SocketClient } from "../test/socket-client.ts";
import { type SocketStage, startSocketStage } from "../test/start-socket.ts";
import { type Broadcast, broadcast, type Connection } from "./ports.ts";

let stage: SocketStage;
afterEach(() => stage.stop());

const narrow = "dsp_narrow-0123456789abcdef";
const tokenHash = createHash("sha256").update(narrow).digest("hex");
const notice = (text: string) => ({
  type: "notice",
  notice: { id: "1", ts: 1, level: "info", text, source: "test" },
});
const textsOf = ({ frames }: SocketClient) =>
  frames.flatMap(({ type, notice }) => (type === "notice" ? [(notice as { text: string }).text] : []));

async function start() {
  const opened: Connection[] = [];
  let reach: Broadcast | undefined;
  let tokens: Credentials | undefined;
  const manifest = defineManifest({
    id: "reaches",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    dependsOn: { "transport-ws/broadcast": "^1.0.0", "transport-http/credentials": "^1.0.0" },
  });
  const extension = defineExtension(manifest, (host) => {
    reach = host.get(broadcast);
    tokens = host.get(credentials);
    const unwatch = reach.watch((connection) => opened.push(connection));
    host.onDispose("watch", unwatch);
    host.onDispose(
      "bad watch",
      reach.watch(() => {
        throw new Error("as it may");
      }),
    );
  });
  stage = await startSocketStage({ extensions: [extension] });
  if (!reach || !tokens) throw new Error("the services were not there");
  return { reach, tokens, opened };
}

test("frames reach all who may read, or those chosen; sockets are told of when they open and when they end", async () => {
  const { reach, tokens, opened } = await start();
  tokens.add({ id: "narrow", tokenHash, scopes: ["write"] });
  const [a, b] = [await connect(stage.port), await connect(stage.port)];
  const c = await connect(stage.port, { protocols: ["dispatch.v1", `dispatch.token.${narrow}`] });
  expect(opened.map(({ caller }) => caller.credential)).toEqual(["token", "token", "narrow"]);

  reach.send(notice("all"));
  reach.offer(
    "k",
    () => notice("one"),
    (connection) => connection === opened[1],
  );
  reach.offer("k2", () => notice("old"));
  reach.offer("k2", () => notice("new"));
  reach.offer("k3", () => notice("never"));
  reach.withdraw("k3");
  // What is offered comes after what waits; an answer would not wait for it.
  await a.until(() => textsOf(a).includes("new"));
  await b.until(() => textsOf(b).includes("new"));
  expect(textsOf(a)).toEqual(["all", "new"]);
  expect(textsOf(b)).toEqual(["all", "one", "new"]);
  expect((await c.ask({ type: "ping" })).error?.code).toBe("forbidden-scope");
  expect(textsOf(c)).toEqual([]);

  await b.close();
  await expect.poll(() => opened[1]?.signal.aborted).toBe(true);
  reach.send(notice("rest"));
  await a.until(() => textsOf(a).includes("rest"));
  expect(textsOf(b)).not.toContain("rest");
  await a.close();
  await c.close();
});

test("a frame is encoded once for all", async () => {
  const { reach } = await start();
  const clients = await Promise.all([1, 2, 3].map(() => connect(stage.port)));
  let made = 0;
  reach.offer("k", () => {
    made += 1;
    return notice("x");
  });
  for (const client of clients) await client.until(() => textsOf(client).length > 0);
  expect(made).toBe(1);
  for (const client of clients) await client.close();
});

test("a revoked credential: its sockets are closed with 4001, no other is, and it comes in no more", async () => {
  const { tokens } = await start();
  const { revoke } = tokens.add({ id: "narrow", tokenHash, scopes: ["read", "write"] });
  const own = await connect(stage.port);
  const protocols = ["dispatch.v1", `dispatch.token.${narrow}`];
  const [a, b] = [await connect(stage.port, { protocols }), await connect(stage.port, { protocols })];
  expect(await a.ask({ type: "chat.send", message: "hi", conversationId: "c" })).toMatchObject({
    type: "ok",
  });
  revoke();
  a.send({ type: "chat.send", id: "late", message: "hi", conversationId: "late" });
  expect(await a.ended).toEqual({ code: 4001, reason: "the credential was revoked" });
  expect((await b.ended).code).toBe(4001);
  expect(await own.ask({ type: "ping" })).toMatchObject({ type: "ok" });
  await expect(stage.sessions.get("late")).rejects.toThrow();
  await expect(connect(stage.port, { protocols })).rejects.toThrow("401");
  await own.close();
});

test("a suspended one: its sockets are closed with 1001 and told to come back, which they may once it is there again", async () => {
  const { tokens } = await start();
  const credential = { id: "narrow", tokenHash, scopes: ["read"] } as const;
  const { suspend } = tokens.add(credential);
  const protocols = ["dispatch.v1", `dispatch.token.${narrow}`];
  const client = await connect(stage.port, { protocols });
  suspend();
  expect((await client.ended).code).toBe(1001);
  await expect(connect(stage.port, { protocols })).rejects.toThrow("503");
  tokens.add(credential);
  const back = await connect(stage.port, { protocols });
  expect(await back.ask({ type: "ping" })).toMatchObject({ type: "ok" });
  await back.close();
});
