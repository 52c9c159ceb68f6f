/** What must hold when several things happen at once, or when the store says no and has stored all the same. */
import { defineExtension, defineManifest, type JsonSchema, tools } from "@dispatch/kernel";
import { type ScriptedReply, scriptedProvider, textReply, toolCallReply } from "@dispatch/kernel/testing";
import { type LogRecord, patchBody } from "@dispatch/wire";
import { afterEach, describe, expect, it } from "vitest";
import type { LogBatch } from "../ports.ts";
import { memoryLog } from "../testing/memory-log.ts";
import { type SessionStage, type StageOptions, startStage } from "../testing/stage.ts";

let stages: SessionStage[] = [];
afterEach(async () => {
  for (const { host } of stages) await host.stop();
  stages = [];
});
const call = { credential: "t" };
const tick = () => new Promise((resolve) => setImmediate(resolve));

async function open(replies: readonly ScriptedReply[], options: Partial<StageOptions> = {}) {
  const provider = scriptedProvider(replies);
  const stage = await startStage({ provider, ...options });
  stages.push(stage);
  return { ...stage, provider };
}

/** A memory store which a test can make fail or slow. */
function faultyStore() {
  const inner = memoryLog();
  const hooks = {
    before: async (_batch: LogBatch): Promise<void> => undefined,
    after: async (_batch: LogBatch): Promise<void> => undefined,
    read: async (): Promise<void> => undefined,
  };
  const store = {
    ...inner,
    async append(batch: LogBatch) {
      await hooks.before(batch);
      await inner.append(batch);
      await hooks.after(batch);
    },
    async read(...args: Parameters<typeof inner.read>) {
      await hooks.read();
      return inner.read(...args);
    },
  };
  return { store, hooks };
}

const toolExtension = (parameters: unknown = { type: "object" }) =>
  defineExtension(
    defineManifest({
      id: "a-tool",
      version: "1.0.0",
      apiVersion: "^1.0.0",
      contributes: { points: { tools: ["echo"] } },
    }),
    (host) =>
      void host.contribute(tools, "echo", {
        description: "",
        parameters: parameters as JsonSchema,
        execute: async () => ({ output: "echoed" }),
      }),
  );

describe("memory", () => {
  it("never holds a conversation twice, however small the space for it", async () => {
    const { sessions } = await open([[{ silence: true }]], { settings: { hotConversations: 0 } });
    await sessions.create({ id: "d" }, call);
    await sessions.send({ message: "x", conversationId: "c" }, call);
    for (let round = 0; round < 50; round++) {
      await Promise.all([
        sessions.status("d"),
        sessions.status("c"),
        sessions.patch("d", { title: `t${round}` }, call),
        sessions.get("c"),
        sessions.patch("c", { title: `t${round}` }, call),
      ]);
    }
    expect(sessions.isActive("c")).toBe(true);
    expect(await sessions.status("c")).toMatchObject({ status: "active" });
  });

  it("a read of a conversation that is being created does not get into its way", async () => {
    const { sessions } = await open([textReply("hi")]);
    const [read, sent] = await Promise.allSettled([
      sessions.get("c"),
      sessions.send({ message: "x", conversationId: "c" }, call),
    ]);
    expect(read.status).toBe("rejected");
    expect(sent.status).toBe("fulfilled");
  });
});

describe("a store that fails", () => {
  it("and has stored all the same: the next use reads what is stored, and goes on", async () => {
    const { store, hooks } = faultyStore();
    const { sessions } = await open([textReply("a"), textReply("b")], { store });
    await sessions.create({ id: "c" }, call);
    hooks.after = async () => {
      hooks.after = async () => undefined;
      throw new Error("EIO");
    };
    await expect(sessions.patch("c", { title: "T" }, call)).rejects.toMatchObject({ code: "store-failed" });
    expect((await sessions.get("c")).title).toBe("T");
    expect(await sessions.handleMessage({ message: "x", conversationId: "c" }, call)).toMatchObject({
      text: "a",
    });
  });

  it("once, under a tool's result: no call is left without one", async () => {
    const { store, hooks } = faultyStore();
    const { sessions, provider, clock } = await open([toolCallReply("echo", {}), textReply("after")], {
      store,
      extensions: [toolExtension()],
    });
    hooks.before = async ({ entries }) => {
      if (!entries.some(({ json }) => json.includes('"tool-result"'))) return;
      hooks.before = async () => undefined;
      throw new Error("EIO");
    };
    await sessions.send({ message: "x", conversationId: "c" }, call);
    await clock.advance(1_000);
    await sessions.handleMessage({ message: "y", conversationId: "c" }, call);
    expect(provider.requests.at(-1)?.messages.map(({ role }) => role)).toEqual([
      "user",
      "assistant",
      "tool",
      "user",
    ]);
  });
});

describe("recovery", () => {
  it("a stop that comes while a turn is being resumed is the last word", async () => {
    const first = await open([[{ type: "text", text: "x" }, { silence: true }]]);
    await first.sessions.send({ message: "go", conversationId: "c" }, call);
    await first.clock.settle();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = {
      ...first.store,
      read: async (...args: Parameters<typeof first.store.read>) => {
        await held;
        return first.store.read(...args);
      },
    };
    const second = await open([textReply("never")], { store: slow });
    const stopping = second.sessions.stop("c");
    await second.clock.settle();
    release();
    await stopping;
    await second.clock.settle();
    expect(await second.sessions.status("c")).toMatchObject({ status: "idle" });
    expect(second.sessions.isActive("c")).toBe(false);
  });

  it("a stop in the moment in which a turn is resumed leaves each call with one result", async () => {
    const { store, hooks } = faultyStore();
    const extensions = [toolExtension()];
    const first = await open([toolCallReply("echo", {})], { store, extensions });
    hooks.before = async ({ entries }) => {
      if (entries.some(({ json }) => json.includes('"tool-result"'))) throw new Error("killed");
    };
    await first.sessions.send({ message: "go", conversationId: "c" }, call);
    await first.clock.settle();
    hooks.before = async () => undefined;
    // Both read the cut turn; the second decides only after the first has done its work.
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const disk = store.reopen();
    let readers = 0;
    const slow = {
      ...disk,
      blocks: async (id: string) => {
        const found = await disk.blocks(id);
        if (++readers === 2) await held;
        return found;
      },
    };
    const second = await open([[{ silence: true }]], { store: slow, extensions });
    const stopping = second.sessions.stop("c");
    await second.clock.settle();
    expect(readers).toBe(2);
    release();
    await second.clock.advance(1_000);
    await stopping;
    const { entries } = await second.store.read("c", 0);
    const records = entries.map(({ json }) => JSON.parse(json) as LogRecord);
    expect(records.filter(({ type }) => type === "tool-result")).toHaveLength(1);
    expect(await second.sessions.status("c")).toMatchObject({ status: "idle" });
  });

  it("a turn whose answer was complete is only ended, not asked again", async () => {
    const { store, hooks } = faultyStore();
    const first = await open([textReply("the whole answer")], { store });
    hooks.before = ({ entries }) =>
      entries.some(({ json }) => json.includes('"done"')) ? new Promise(() => undefined) : Promise.resolve();
    await first.sessions.send({ message: "go", conversationId: "c" }, call);
    await first.clock.settle();
    hooks.before = async () => undefined;
    const second = await open([], { store: store.reopen() });
    await second.clock.settle();
    expect(await second.sessions.last("c", { timeoutMs: 0 })).toMatchObject({
      text: "the whole answer",
      reason: "completed",
    });
    expect(second.provider.requests).toEqual([]);
    stages = stages.filter(({ host }) => host !== first.host);
  });
});

describe("secrets and garbage", () => {
  it("environment values are in no record, no state and no frame", async () => {
    expect(patchBody.safeParse({ env: { SECRET: "hunter2" } }).success).toBe(false);
    expect(patchBody.safeParse({ settings: { env: { SECRET: "hunter2" } } }).success).toBe(false);
    const { store, hooks } = faultyStore();
    const batches: LogBatch[] = [];
    hooks.after = async (batch) => void batches.push(batch);
    const { sessions } = await open([textReply("a"), textReply("b")], { store });
    await sessions.create({ id: "c", env: { SECRET: "hunter2" }, message: "x" }, call);
    await sessions.last("c", { timeoutMs: 1_000 });
    await sessions.handleMessage({ message: "y", conversationId: "c", env: { SECRET: "hunter2" } }, call);
    const viewer = await sessions.subscribe("c", { after: "0" });
    expect(JSON.stringify([batches, await viewer.next(), await sessions.get("c")])).not.toContain("hunter2");
    viewer.close();
  });

  it("a tool whose schema cannot be read is left out; turns go on", async () => {
    const { sessions, provider, host } = await open([textReply("fine")], {
      extensions: [toolExtension(null)],
    });
    expect(await sessions.handleMessage({ message: "x", conversationId: "c" }, call)).toMatchObject({
      text: "fine",
    });
    expect(provider.requests[0]?.tools).toEqual([]);
    expect(host.logs.some(({ message }) => message.includes("left out"))).toBe(true);
  });

  it("a patch that changes nothing stores nothing; a folder that is not there is refused", async () => {
    const { sessions } = await open([]);
    await sessions.create({ id: "c" }, call);
    const { head } = await sessions.status("c");
    await sessions.patch("c", {}, call);
    await expect(sessions.patch("c", { cwd: "/no/such" }, call)).rejects.toMatchObject({
      code: "invalid-cwd",
    });
    expect(await sessions.status("c")).toMatchObject({ head });
  });
});

describe("compaction beside others", () => {
  it("a reset meanwhile is not undone by its end", async () => {
    const { sessions, clock } = await open([textReply("one"), [{ silence: true }]]);
    await sessions.handleMessage({ message: "old", conversationId: "c" }, call);
    const compacting = sessions.compact("c", {});
    await clock.settle();
    await sessions.reset("c");
    await clock.advance(301_000);
    await compacting;
    expect((await sessions.context("c")).messages).toEqual([]);
    expect((await sessions.messages("c", {})).items).toEqual([]);
  });

  it("delete and a stop of the server end its request", async () => {
    for (const end of [
      (stage: SessionStage) => stage.sessions.delete("c"),
      (stage: SessionStage) => stage.host.stop(),
    ]) {
      const stage = await open([textReply("one"), [{ silence: true }]]);
      await stage.sessions.handleMessage({ message: "old", conversationId: "c" }, call);
      const compacting = stage.sessions.compact("c", {}).catch(() => "refused");
      await stage.clock.settle();
      expect(stage.provider.active()).toBe(1);
      await end(stage);
      await compacting;
      await stage.clock.settle();
      expect(stage.provider.active()).toBe(0);
    }
  });

  it("a turn that starts meanwhile keeps its question, and no open call is summarised", async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { sessions, provider } = await open(
      [
        textReply("one"),
        [
          { type: "text", text: "sum" },
          { type: "finish", reason: "stop" },
        ],
        toolCallReply("echo", {}),
        textReply("two"),
      ],
      { extensions: [toolExtension()] },
    );
    await sessions.handleMessage({ message: "old", conversationId: "c" }, call);
    const compacting = sessions.compact("c", { keepTokens: 0 });
    release();
    await held;
    await compacting;
    await sessions.handleMessage({ message: "new", conversationId: "c" }, call);
    expect(provider.requests.at(-1)?.messages.map(({ role }) => role)).toEqual([
      "system",
      "user",
      "assistant",
      "tool",
    ]);
  });
});

it("a close that outlasts its patience still ends closed, once the turn is sealed", async () => {
  const { store, hooks } = faultyStore();
  const { sessions, clock } = await open([[{ silence: true }]], { store, settings: { stopMs: 1 } });
  await sessions.send({ message: "x", conversationId: "c" }, call);
  await clock.settle();
  let release = (): void => undefined;
  hooks.before = () =>
    new Promise((resolve) => {
      release = resolve;
    });
  const closing = sessions.close("c");
  for (let round = 0; round < 20; round++) {
    await clock.advance(100);
    await tick();
  }
  hooks.before = async () => undefined;
  release();
  await closing;
  await clock.advance(1_000);
  expect(await sessions.get("c")).toMatchObject({ status: "closed", lastTurn: { reason: "aborted" } });
});

it("an idempotent repeat of a message gives that message's answer, not a later one's", async () => {
  const { sessions } = await open([textReply("first"), textReply("second")]);
  const keyed = { ...call, idempotencyKey: "k" };
  await sessions.handleMessage({ message: "x", conversationId: "c" }, keyed);
  await sessions.handleMessage({ message: "y", conversationId: "c" }, call);
  expect(await sessions.handleMessage({ message: "x", conversationId: "c" }, keyed)).toMatchObject({
    text: "first",
    repeated: true,
  });
});

it("a large system prompt is not written with every record", async () => {
  const { store, hooks } = faultyStore();
  let states = 0;
  hooks.after = async ({ state }) => {
    states += state?.length ?? 0;
  };
  const { sessions } = await open(
    [toolCallReply("echo", {}), toolCallReply("echo", { n: 1 }), textReply("x")],
    { store, extensions: [toolExtension()] },
  );
  await sessions.handleMessage({ message: "x", conversationId: "c", system: "s".repeat(100_000) }, call);
  expect(states).toBeLessThan(250_000);
  const again = await open([], { store: store.reopen() });
  expect(await again.sessions.get("c")).toMatchObject({ messageCount: 6, status: "idle" });
});

describe("limits", () => {
  it("of turns at once: the next one waits, visibly, and can be stopped while it does", async () => {
    const settings = { defaults: { approvals: "full" }, maxRunningTurns: 1 };
    const { sessions, clock, provider } = await open([[{ silence: true }], textReply("second")], {
      settings,
    });
    await sessions.send({ message: "x", conversationId: "a" }, call);
    await clock.settle();
    for (const id of ["b", "c"]) await sessions.send({ message: "x", conversationId: id }, call);
    await clock.settle();
    const viewer = await sessions.subscribe("b", {});
    expect(viewer.snapshot?.running).toMatchObject({ waiting: "slot" });
    viewer.close();
    expect(provider.requests).toHaveLength(1);
    expect(await sessions.stop("c")).toMatchObject({ aborted: true });
    await sessions.stop("a");
    expect(await sessions.last("b", { timeoutMs: 1_000 })).toMatchObject({ text: "second" });
  });

  it("of spend: the turn ends at the step that reaches it; without a price it is refused", async () => {
    const prices = { "test/scripted": { input: 1_000_000, output: 1_000_000 } };
    const settings = { defaults: { approvals: "full" }, prices };
    const many = Array.from({ length: 5 }, (_, n) => toolCallReply("echo", { n }));
    const { sessions, provider } = await open(many, { settings, extensions: [toolExtension()] });
    await sessions.handleMessage({ message: "x", conversationId: "c", maxCostUsd: 40 }, call);
    expect(provider.requests).toHaveLength(3);
    const bare = await open([]);
    await expect(bare.sessions.send({ message: "x", maxCostUsd: 1 }, call)).rejects.toMatchObject({
      code: "unknown-price",
      details: { fix: expect.stringContaining("prices") },
    });
  });
});
