/** How often, how long and how late a cut turn is resumed. */
import { defineExtension, defineManifest, kv, tools } from "@dispatch/kernel";
import {
  type FakeClock,
  fakeClock,
  type ScriptedReply,
  type ScriptStep,
  scriptedProvider,
  textReply,
  toolCallReply,
} from "@dispatch/kernel/testing";
import { afterEach, expect, it } from "vitest";
import { approvals, beforeTool } from "../ports.ts";
import { memoryKv } from "../testing/memory-kv.ts";
import { type MemoryLog, memoryLog } from "../testing/memory-log.ts";
import { type SessionStage, type StageOptions, startStage } from "../testing/stage.ts";

let stages: SessionStage[] = [];
afterEach(async () => {
  for (const { host } of stages) await host.stop();
  stages = [];
});
const call = { credential: "t" };
const day = 24 * 60 * 60_000;
const toolCall = (name: string): readonly ScriptStep[] => [
  { type: "tool-call", name, input: "{}" },
  { type: "finish", reason: "tool-calls" },
];
const half: ScriptedReply = [{ type: "text", text: "half" }, { silence: true }];

async function boot(replies: readonly ScriptedReply[], options: Partial<StageOptions> = {}) {
  const provider = scriptedProvider(replies, options.clock && { clock: options.clock });
  const stage = await startStage({ provider, ...options });
  stages.push(stage);
  await stage.clock.settle();
  return { ...stage, provider };
}

/** The tool `stuck`, which never ends, and a gate that asks about it when `asks`. */
function stuckTool(asks: boolean) {
  const tool = defineExtension(
    defineManifest({
      id: "a-tool",
      version: "1.0.0",
      apiVersion: "^1.0.0",
      contributes: { points: { tools: ["stuck"] } },
    }),
    (host) =>
      void host.contribute(tools, "stuck", {
        description: "",
        parameters: { type: "object" },
        execute: () => new Promise<never>(() => undefined),
      }),
  );
  const gate = defineExtension(
    defineManifest({
      id: "gate",
      version: "1.0.0",
      apiVersion: "^1.0.0",
      dependsOn: { "session-orchestrator": "*" },
      listens: { filters: [beforeTool.id] },
    }),
    (host) => {
      host.filter(beforeTool, async (draft, { signal }) => {
        if (!asks) return { ...draft, approved: true };
        const { conversationId, turnId, stepId, callId, name, input, cwd, kind } = draft;
        const request = { name, input, cwd, kind };
        await host.get(approvals).ask({ conversationId, turnId, stepId, callId, request }, signal);
        return { ...draft, denied: "no" };
      });
    },
  );
  return [tool, gate];
}

/** Boots again and again over the same store, each process cut without a word. */
async function boots(count: number, store: MemoryLog, clock: FakeClock, options: Partial<StageOptions>) {
  let last = await boot([toolCallReply("stuck", {})], { ...options, store, clock });
  await last.sessions.send({ message: "go", conversationId: "c" }, call);
  await clock.settle();
  for (let n = 1; n < count; n++) {
    await clock.advance(5 * day);
    last = await boot([toolCallReply("stuck", { n })], { ...options, store: last.store.reopen(), clock });
  }
  return last;
}

it("a call that takes the server with it each time is not made for ever", async () => {
  const clock = fakeClock();
  const settings = { resumeAgeMs: 1_000 * day, crashPauseMs: 0 };
  const third = await boots(3, memoryLog(), clock, { settings, extensions: stuckTool(false) });
  expect(await third.sessions.status("c")).toMatchObject({ status: "active" });
  const fourth = await boot([], {
    settings,
    extensions: stuckTool(false),
    store: third.store.reopen(),
    clock,
  });
  expect(await fourth.sessions.status("c")).toMatchObject({ lastTurn: { reason: "interrupted" } });
  expect(fourth.provider.requests).toEqual([]);
});

it("a question waits as long as it takes, over any number of restarts", async () => {
  const last = await boots(6, memoryLog(), fakeClock(), { extensions: stuckTool(true) });
  expect(await last.host.get(approvals).waiting()).toHaveLength(1);
});

it("a question waits on although the server crashes again and again within a minute", async () => {
  const values = memoryKv();
  const storage = defineExtension(
    defineManifest({ id: "kv", version: "1.0.0", apiVersion: "^1.0.0", contributes: { services: ["kv"] } }),
    (host) => void host.provide(kv, values),
  );
  const clock = fakeClock();
  let { store, sessions } = await boot([toolCallReply("stuck", {})], {
    clock,
    extensions: [...stuckTool(true), storage],
  });
  await sessions.send({ message: "go", conversationId: "c" }, call);
  await clock.settle();
  for (const asks of [true, true, true, true]) {
    const next = await boot([], { clock, store: store.reopen(), extensions: [...stuckTool(asks), storage] });
    ({ store, sessions } = next);
    await clock.advance(1_000);
    expect(await sessions.status("c")).toMatchObject({ status: "active" });
    expect(await next.host.get(approvals).waiting()).toHaveLength(1);
  }
});

it("the time limit is the turn's, not each attempt's, and says so", async () => {
  const clock = fakeClock();
  const first = await boot([[{ wait: 600 }, ...toolCall("nothing")], half], { clock });
  await first.sessions.send({ message: "go", conversationId: "c", timeoutMs: 1_000 }, call);
  await clock.advance(650);
  const second = await boot([half], { store: first.store.reopen(), clock });
  await clock.advance(399);
  expect(await second.sessions.status("c")).toMatchObject({ status: "active" });
  await clock.advance(20);
  expect(await second.sessions.status("c")).toMatchObject({ lastTurn: { reason: "timeout" } });
  const { entries } = await second.store.read("c", 0);
  const done = entries.map(({ json }) => JSON.parse(json)).find(({ type }) => type === "done");
  expect(done).toMatchObject({ detail: "The turn's time limit of 1000 ms was reached." });
});

it("says that the environment of the turn is gone", async () => {
  const clock = fakeClock();
  const first = await boot([half], { clock });
  await first.sessions.send({ message: "go", conversationId: "c", env: { DRY_RUN: "1", B: "2" } }, call);
  await clock.advance(250);
  const second = await boot([half], { store: first.store.reopen(), clock });
  const records = (await second.store.read("c", 0)).entries.map(({ json }) => JSON.parse(json));
  expect(records.filter(({ type }) => type === "notice")).toMatchObject([
    { level: "warning", text: expect.stringContaining("(DRY_RUN, B)") },
  ]);
  expect(records.filter(({ type }) => type === "turn-start").map(({ env }) => env)).toEqual([
    ["DRY_RUN", "B"],
    undefined,
  ]);
});

it("the rest of a sleep is never longer than the sleep, whatever the clock says after a restart", async () => {
  const busy: ScriptedReply = [
    { type: "error", error: { code: "rate-limited", message: "Slow down.", retryable: true } },
  ];
  const settings = { retryDelaysMs: [60_000] };
  const first = await boot([busy], { clock: fakeClock(2_000_000_000), settings });
  await first.sessions.send({ message: "go", conversationId: "c" }, call);
  await first.clock.settle();
  const clock = fakeClock(1_000_000_000);
  const second = await boot([textReply("at last")], { store: first.store.reopen(), clock, settings });
  await clock.advance(75_000);
  expect(await second.sessions.status("c")).toMatchObject({ lastTurn: { reason: "completed" } });
});

it("a note of a stop that was needed by nobody does not excuse a crash", async () => {
  const values = memoryKv();
  const storage = defineExtension(
    defineManifest({ id: "kv", version: "1.0.0", apiVersion: "^1.0.0", contributes: { services: ["kv"] } }),
    (host) => void host.provide(kv, values),
  );
  const clock = fakeClock();
  let store = memoryLog();
  const again = async (replies: readonly ScriptedReply[]) => {
    store = store.reopen();
    return boot(replies, { store, clock, extensions: [storage] });
  };
  await values.set("session-orchestrator", "suspended", true);
  const first = await again([half]);
  await first.sessions.send({ message: "go", conversationId: "c" }, call);
  await clock.settle();
  await again([half]);
  expect(await (await again([])).sessions.status("c")).toMatchObject({ lastTurn: { reason: "interrupted" } });
});
