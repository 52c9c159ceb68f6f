/** Close, reset and delete in the moment in which somebody sends: what was asked for last holds. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ScriptedReply, scriptedProvider, textReply } from "@dispatch/kernel/testing";
import { afterEach, expect, it } from "vitest";
import type { LogBatch } from "../ports.ts";
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
    expect(await deleted).toMatchObject({ deleted: true });
    expect(provider.active()).toBe(0);
  } finally {
    await rm(archiveDir, { recursive: true });
  }
});
