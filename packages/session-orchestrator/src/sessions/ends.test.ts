/** Close, reset and delete in the moment in which somebody sends: what was asked for last holds. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineExtension, defineManifest } from "@dispatch/kernel";
import { type ScriptedReply, scriptedProvider, textReply } from "@dispatch/kernel/testing";
import { afterEach, expect, it } from "vitest";
import { conversationDeleted, type LogBatch, workplaces } from "../ports.ts";
import { memoryLog } from "../testing/memory-log.ts";
import { type SessionStage, type StageOptions, startStage } from "../testing/stage.ts";

let stage: SessionStage | undefined;
afterEach(async () => {
  await stage?.host.stop();
  stage = undefined;
});
const call = { credential: "t" };
const silent: ScriptedReply = [{ silence: true }];

/** Conversation `c`, over a store whose writes and reads can be held up. */
async function open(replies: readonly ScriptedReply[], options: Partial<StageOptions> = {}) {
  const inner = memoryLog();
  const hooks = {
    append: async (_batch: LogBatch): Promise<void> => undefined,
    read: async (): Promise<void> => undefined,
  };
  const store = {
    ...inner,
    async append(batch: LogBatch) {
      await hooks.append(batch);
      await inner.append(batch);
    },
    async read(...args: Parameters<typeof inner.read>) {
      await hooks.read();
      return inner.read(...args);
    },
  };
  const provider = scriptedProvider(replies);
  stage = await startStage({ provider, store, ...options });
  await stage.sessions.create({ id: "c" }, call);
  return { ...stage, provider, hooks };
}

/** Holds up the write of a turn's start; gives when it has come there, and the way to let it go on. */
function heldStart(hooks: { append: (batch: LogBatch) => Promise<void> }) {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    hooks.append = async ({ entries }) => {
      if (!entries.some(({ json }) => json.includes('"turn-start"'))) return;
      hooks.append = async () => undefined;
      resolve();
      await held;
    };
  });
  return { reached, release };
}

it("a close ends the turn whose start is being written", async () => {
  const { sessions, hooks } = await open([silent]);
  const { reached, release } = heldStart(hooks);
  const sent = sessions.send({ message: "x", conversationId: "c" }, call);
  await reached;
  const closed = sessions.close("c");
  release();
  await sent;
  expect(await closed).toMatchObject({ status: "closed", lastTurn: { reason: "aborted" } });
  expect(sessions.isActive("c")).toBe(false);
});

it("so does a reset", async () => {
  const { sessions, hooks } = await open([silent, textReply("anew")]);
  const { reached, release } = heldStart(hooks);
  const sent = sessions.send({ message: "x", conversationId: "c" }, call);
  await reached;
  const done = sessions.reset("c");
  release();
  await sent;
  expect(await done).toMatchObject({ status: "idle", messageCount: 0, lastTurn: { reason: "aborted" } });
});

it("a turn that begins while its conversation is being archived ends with it", async () => {
  const archiveDir = await mkdtemp(join(tmpdir(), "archive-"));
  try {
    const { sessions, provider, hooks } = await open([silent], { settings: { archiveDir } });
    let archiving = (): void => undefined;
    const reached = new Promise<void>((resolve) => {
      archiving = resolve;
    });
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    hooks.read = async () => {
      hooks.read = async () => undefined;
      archiving();
      await held;
    };
    const deleted = sessions.delete("c", { archive: true });
    await reached;
    await sessions.send({ message: "x", conversationId: "c" }, call);
    while (provider.active() === 0) await new Promise((resolve) => setImmediate(resolve));
    release();
    const { archive } = await deleted;
    expect(provider.active()).toBe(0);
    // What was written before the turn began is not left beside it.
    expect(await readdir(archiveDir)).toEqual([archive]);
    expect(await readFile(join(archiveDir, archive ?? ""), "utf8")).toContain('"turn-start"');
  } finally {
    await rm(archiveDir, { recursive: true });
  }
});

it("a delete is told before the id can be another conversation's, however long its folder takes to go", async () => {
  let release = (): void => undefined;
  const released = new Promise<object>((resolve) => {
    release = () => resolve({});
  });
  const told: string[] = [];
  const manifest = defineManifest({
    id: "places",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    dependsOn: { "session-orchestrator": "*" },
    contributes: { services: [workplaces.id] },
    listens: { events: [conversationDeleted.id] },
  });
  const places = defineExtension(manifest, (host) => {
    host.provide(workplaces, { open: async ({ cwd }) => cwd, release: () => released });
    host.on(conversationDeleted, ({ conversationId }) => void told.push(conversationId));
  });
  const { sessions, clock } = await open([textReply("one")], { extensions: [places] });
  const deleted = sessions.delete("c");
  await clock.settle();
  await expect(sessions.send({ message: "x", conversationId: "c" }, call)).rejects.toMatchObject({
    code: "conversation-not-found",
  });
  release();
  await deleted;
  await clock.settle();
  expect(told).toEqual(["c"]);
  expect(await sessions.handleMessage({ message: "x", conversationId: "c" }, call)).toMatchObject({
    text: "one",
  });
  expect(told).toEqual(["c"]);
});

it("a repeat of a message whose conversation is another one now says that the turn is gone", async () => {
  const { sessions } = await open([textReply("one"), textReply("two")]);
  const keyed = { ...call, idempotencyKey: "k" };
  await sessions.handleMessage({ message: "x", conversationId: "d" }, keyed);
  await sessions.delete("d");
  await sessions.handleMessage({ message: "y", conversationId: "d" }, call);
  await expect(sessions.handleMessage({ message: "x", conversationId: "d" }, keyed)).rejects.toMatchObject({
    code: "turn-not-found",
  });
});

it("who waits for a turn whose end could not be stored is not given the answer of the one before", async () => {
  const { sessions, hooks, clock } = await open([textReply("one"), silent]);
  await sessions.handleMessage({ message: "x", conversationId: "c" }, call);
  await sessions.send({ message: "y", conversationId: "c" }, call);
  await clock.settle();
  const last = sessions.last("c", { timeoutMs: 60_000 });
  hooks.append = async () => {
    throw new Error("the disk is full");
  };
  const refused = expect(last).rejects.toMatchObject({ code: "store-failed" });
  await sessions.stop("c");
  hooks.append = async () => undefined;
  await refused;
});
