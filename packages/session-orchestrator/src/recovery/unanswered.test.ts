/** A resumed turn that ends before its open calls could be taken up: each still gets its one result. */
import { defineExtension, defineManifest, tools } from "@dispatch/kernel";
import { scriptedProvider, textReply, toolCallReply } from "@dispatch/kernel/testing";
import type { LogRecord } from "@dispatch/wire";
import { afterEach, expect, it } from "vitest";
import { planTurn } from "../ports.ts";
import type { MemoryLog } from "../testing/memory-log.ts";
import { type SessionStage, type StageOptions, startStage } from "../testing/stage.ts";

let stages: SessionStage[] = [];
afterEach(async () => {
  for (const { host } of stages) await host.stop();
  stages = [];
});
const call = { credential: "t" };

async function boot(options: Partial<StageOptions>) {
  const provider = scriptedProvider([toolCallReply("again", {}), textReply("On.")]);
  const stage = await startStage({ provider, ...options });
  stages.push(stage);
  await stage.clock.settle();
  return { ...stage, provider };
}

/** The tool `again`, which never ends and may be run a second time. */
const tool = defineExtension(
  defineManifest({
    id: "a-tool",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    contributes: { points: { tools: ["again"] } },
  }),
  (host) =>
    void host.contribute(tools, "again", {
      description: "",
      parameters: { type: "object" },
      repeatable: true,
      execute: () => new Promise<never>(() => undefined),
    }),
);

/** No turn gets further than to its plan. */
const slowPlan = defineExtension(
  defineManifest({
    id: "slow-plan",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    dependsOn: { "session-orchestrator": "*" },
    listens: { filters: [planTurn.id] },
  }),
  (host) => void host.filter(planTurn, () => new Promise<never>(() => undefined)),
);

async function recordsOf(store: MemoryLog): Promise<LogRecord[]> {
  const { entries } = await store.read("c", 0);
  return entries.map(({ json }) => JSON.parse(json) as LogRecord);
}

it("stopped while it waits for its plan", async () => {
  const first = await boot({ extensions: [tool] });
  const { turnId } = await first.sessions.send({ message: "go", conversationId: "c" }, call);
  await first.clock.settle();

  const second = await boot({ store: first.store.reopen(), extensions: [tool, slowPlan] });
  const stopped = second.sessions.stop("c");
  await second.clock.settle();
  expect(await stopped).toMatchObject({ aborted: true, turnId });

  const records = await recordsOf(second.store);
  expect(records.filter(({ type }) => type === "tool-result")).toMatchObject([
    {
      turnId,
      stepId: `${turnId}#0`,
      name: "again",
      outcome: "interrupted",
      output: "Interrupted: the server stopped while this call ran; its outcome is unknown.",
    },
  ]);
  expect(records.map(({ type }) => type).slice(-4)).toEqual([
    "tool-result",
    "done",
    "status-changed",
    "turn-sealed",
  ]);
});

it("left by a server that stops: the next one takes them up", async () => {
  const first = await boot({ extensions: [tool] });
  await first.sessions.send({ message: "go", conversationId: "c" }, call);
  await first.clock.settle();
  const second = await boot({ store: first.store.reopen(), extensions: [tool, slowPlan] });
  await second.host.stop();
  const records = await recordsOf(second.store);
  expect(records.at(-1)).toMatchObject({ type: "turn-start", attempt: 2 });
});
