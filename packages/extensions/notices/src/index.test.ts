import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineExtension, defineManifest, kv } from "@dispatch/kernel";
import { expectNoLeaks, scriptedProvider, textReply } from "@dispatch/kernel/testing";
import { memoryKv, startStage } from "@dispatch/session-orchestrator/testing";
import http from "@dispatch/transport-http";
import { credentials, listener } from "@dispatch/transport-http/ports";
import sockets from "@dispatch/transport-ws";
import { type Notice, type NoticesAnswer, serverFrames } from "@dispatch/wire";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import extension from "./index.ts";
import { notices } from "./ports.ts";

const token = "0123456789abcdef-test-token";
const call = { credential: "t" };

async function start(values = memoryKv()) {
  const folder = await mkdtemp(join(tmpdir(), "notices-"));
  const tokenFile = join(folder, "token");
  await writeFile(tokenFile, token);
  const manifest = (id: string, rest: object = {}) =>
    defineManifest({ id, version: "1.0.0", apiVersion: "^1.0.0", ...rest });
  const store = defineExtension(
    manifest("test-kv", { contributes: { services: ["kv"] } }) as never,
    (host: { provide(service: unknown, value: unknown): void }) => host.provide(kv, values),
  );
  let breaks = false;
  const fragile = defineExtension(manifest("fragile"), () => {
    if (breaks) throw new Error("no more");
  });
  const stage = await startStage({
    provider: scriptedProvider([
      textReply("An answer of the model."),
      [{ type: "error", error: { code: "auth", message: "Secret words", retryable: false } }],
    ]),
    extensions: [store, http, sockets, extension, fragile],
    others: {
      "transport-http": { port: 0, tokenFile, shutdownMs: 300 },
      "transport-ws": { closeMs: 300 },
    },
  });
  const { url, port } = stage.host.get(listener);
  return {
    ...stage,
    async break() {
      breaks = true;
      await stage.host.reload("fragile").catch(() => undefined);
    },
    async list(query = ""): Promise<NoticesAnswer & { code?: string }> {
      const answer = await fetch(`${url}/notices${query}`, { headers: { authorization: `Bearer ${token}` } });
      return (await answer.json()) as NoticesAnswer;
    },
    async listen(given = token) {
      const ws = new WebSocket(`ws://127.0.0.1:${port}/ws`, {
        headers: { authorization: `Bearer ${given}` },
      });
      const heard: Notice[] = [];
      ws.on("message", (data) => {
        const frame = JSON.parse(String(data));
        if (frame.type === "notice") heard.push(serverFrames.notice.parse(frame).notice);
      });
      await new Promise((resolve) => ws.once("message", resolve));
      return { heard, ws };
    },
    async stop() {
      await stage.host.stop();
      expectNoLeaks(stage.host);
      await rm(folder, { recursive: true });
    },
  };
}

test("a turn's end is told to every socket that may read, and kept over a restart; nothing of its text is", async () => {
  const values = memoryKv();
  const stage = await start(values);
  const tokenHash = createHash("sha256").update("dsp_writes-only-0123456789").digest("hex");
  stage.host.get(credentials).add({ id: "w", tokenHash, scopes: ["write"] });
  const [a, b] = [await stage.listen(), await stage.listen("dsp_writes-only-0123456789")];
  await stage.sessions.create({ id: "c", title: "Holidays" }, call);
  const { turnId } = await stage.sessions.handleMessage(
    { conversationId: "c", message: "Where to go?" },
    call,
  );
  await expect.poll(() => a.heard).toHaveLength(1);
  expect(a.heard[0]).toMatchObject({
    level: "success",
    text: "“Holidays” is answered.",
    conversationId: "c",
    turnId,
    source: "notices",
  });
  await stage.sessions
    .handleMessage({ conversationId: "c", message: "And then?" }, call)
    .catch(() => undefined);
  await expect.poll(() => a.heard).toHaveLength(2);
  expect(a.heard[1]).toMatchObject({ level: "error", text: "“Holidays” failed (auth)." });
  expect(JSON.stringify(a.heard)).not.toMatch(/Secret|An answer|Where|then/);
  expect(b.heard).toEqual([]);
  const { items } = await stage.list();
  expect(items).toEqual([...a.heard].reverse());
  await stage.stop();

  const again = await start(values);
  expect((await again.list()).items.filter(({ conversationId }) => conversationId)).toEqual(items);
  await again.stop();
});

test("other extensions raise some; pages follow their cursor; a bad query is refused", async () => {
  const stage = await start();
  const { raise } = stage.host.get(notices);
  for (let n = 0; n < 5; n++) raise({ level: "info", text: `n${n}`, source: "test" });
  raise({ level: "warning", text: "x".repeat(1_000), source: "test" });
  const first = await stage.list("?limit=4");
  expect(first.items.map(({ text }) => text.slice(0, 2))).toEqual(["xx", "n4", "n3", "n2"]);
  expect(first.items[0]?.text).toHaveLength(500);
  const rest = await stage.list(`?limit=4&cursor=${first.nextCursor}`);
  expect(rest.items.map(({ text }) => text)).toEqual(["n1", "n0"]);
  expect(rest.nextCursor).toBeUndefined();
  for (const query of ["?limit=0", "?limit=x", "?limit=-1", "?more=1"])
    expect((await stage.list(query)).code).toBe("invalid-request");
  await stage.stop();
});

test("a slow socket has the newest waiting, and never more than fifty", async () => {
  const stage = await start();
  const { heard, ws } = await stage.listen();
  const { raise } = stage.host.get(notices);
  for (let n = 0; n < 170; n++) raise({ level: "info", text: `n${n}`, source: "test" });
  await expect.poll(() => heard.some(({ text }) => text === "n169")).toBe(true);
  expect(heard).toHaveLength(50);
  expect((await stage.list("?limit=1000")).items).toHaveLength(170);
  ws.close();
  await stage.stop();
});

test("an extension that does not come back is said to be out of service", async () => {
  const stage = await start();
  const { heard } = await stage.listen();
  await stage.break();
  await expect
    .poll(() => heard.map(({ text }) => text).join())
    .toContain("The extension fragile is out of service");
  await stage.stop();
});
