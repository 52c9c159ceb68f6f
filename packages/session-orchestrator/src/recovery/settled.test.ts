/** Whoever listens for the ends of turns hears of those that a boot gives them, too. */
import { defineExtension, defineManifest } from "@dispatch/kernel";
import { type ScriptedReply, scriptedProvider, textReply } from "@dispatch/kernel/testing";
import { afterEach, expect, it } from "vitest";
import { turnSettled } from "../ports.ts";
import { type MemoryLog, memoryLog } from "../testing/memory-log.ts";
import { type SessionStage, startStage } from "../testing/stage.ts";

let stages: SessionStage[] = [];
afterEach(async () => {
  for (const { host } of stages) await host.stop();
  stages = [];
});

async function boot(replies: readonly ScriptedReply[], store: MemoryLog, settings = {}) {
  const reasons: string[] = [];
  const listener = defineExtension(
    defineManifest({
      id: "listener",
      version: "1.0.0",
      apiVersion: "^1.0.0",
      dependsOn: { "session-orchestrator": "*" },
      listens: { events: [turnSettled.id] },
    }),
    (host) => void host.on(turnSettled, ({ reason }) => void reasons.push(reason)),
  );
  const stage = await startStage({
    provider: scriptedProvider(replies),
    store,
    settings,
    extensions: [listener],
  });
  stages.push(stage);
  await stage.clock.settle();
  return { ...stage, reasons };
}

it("a turn that is not resumed", async () => {
  const first = await boot([[{ type: "text", text: "half" }, { silence: true }]], memoryLog());
  await first.sessions.send({ message: "go", conversationId: "c" }, { credential: "t" });
  await first.clock.settle();
  const second = await boot([], first.store.reopen(), { recovery: "mark" });
  expect(second.reasons).toEqual(["interrupted"]);
});

it("a turn that lacked its end only", async () => {
  const inner = memoryLog();
  const store = {
    ...inner,
    async append(batch: Parameters<typeof inner.append>[0]) {
      if (batch.entries.some(({ json }) => json.includes('"turn-sealed"'))) throw new Error("killed");
      await inner.append(batch);
    },
  };
  const first = await boot([textReply("whole")], store);
  await first.sessions.send({ message: "go", conversationId: "c" }, { credential: "t" });
  await first.clock.settle();
  const second = await boot([], inner.reopen());
  expect(second.reasons).toEqual(["completed"]);
});
