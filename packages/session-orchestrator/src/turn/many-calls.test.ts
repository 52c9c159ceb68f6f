/** The signal of a turn with many calls: as many listeners as there are calls, said to be no leak, and none after them. */
import { getEventListeners } from "node:events";
import { defineExtension, defineManifest, tools } from "@dispatch/kernel";
import { scriptedProvider, textReply } from "@dispatch/kernel/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { beforeTool } from "../ports.ts";
import { type SessionStage, startStage } from "../testing/stage.ts";

let stage: SessionStage | undefined;
const warnings: string[] = [];
const warned = ({ message }: Error): void => void warnings.push(message);
beforeEach(() => void process.on("warning", warned));
afterEach(async () => {
  process.off("warning", warned);
  await stage?.host.stop();
  stage = undefined;
});

const count = 30;
const manifest = defineManifest({
  id: "waiters",
  version: "1.0.0",
  apiVersion: "^1.0.0",
  dependsOn: { "session-orchestrator": "*" },
  contributes: { points: { tools: ["wait"] } },
  listens: { filters: [beforeTool.id] },
});

it("takes a listener for each call, and lets go of it", async () => {
  const signals = new Set<AbortSignal>();
  const seen: number[] = [];
  const listeners = () => [...signals].map((signal) => getEventListeners(signal, "abort").length);
  const waiters = defineExtension(manifest, (host) => {
    host.filter(beforeTool, async (call) => call);
    host.contribute(tools, "wait", {
      description: "Waits.",
      parameters: { type: "object" },
      kind: "read",
      async execute(_input, { signal }) {
        const onAbort = () => undefined;
        signals.add(signal);
        signal.addEventListener("abort", onAbort);
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(...listeners());
        signal.removeEventListener("abort", onAbort);
        return { output: "ok" };
      },
    });
  });
  const step = Array.from({ length: count }, (_, index) => ({
    type: "tool-call" as const,
    name: "wait",
    input: JSON.stringify({ index }),
  }));
  const end = { type: "finish" as const, reason: "tool-calls" as const };
  stage = await startStage({
    provider: scriptedProvider([[...step, end], textReply("done")]),
    settings: { maxConcurrentTools: 0 },
    extensions: [waiters],
  });
  const answer = await stage.sessions.handleMessage(
    { message: "go", conversationId: "c" },
    { credential: "t" },
  );
  expect(answer).toMatchObject({ text: "done" });
  expect(Math.max(...seen)).toBeGreaterThan(10);
  expect(warnings).toEqual([]);
  expect(listeners()).toEqual([0]);
});
