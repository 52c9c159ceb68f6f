import { type ScriptedReply, scriptedProvider, textReply, toolCallReply } from "@dispatch/kernel/testing";
import { memoryLog, type SessionStage, startStage } from "@dispatch/session-orchestrator/testing";
import { afterEach, expect, it } from "vitest";
import toolsSpawn from "./index.ts";

let stage: SessionStage | undefined;
afterEach(async () => {
  await stage?.host.stop();
  stage = undefined;
});
const call = { credential: "t" };

/** By what the request's first message says. */
const answers =
  (by: Readonly<Record<string, readonly ScriptedReply[]>>) => (): ScriptedReply => (request) => {
    const [chunk] = request.messages[0]?.chunks ?? [];
    const said = chunk && "text" in chunk ? chunk.text : "";
    const turn = request.messages.filter(({ role }) => role === "assistant").length;
    const reply = by[said]?.[turn] ?? [];
    return typeof reply === "function" ? reply(request) : reply;
  };

it("a child whose store failed is not said to be deleted: its end is waited for", async () => {
  const inner = memoryLog();
  let failed = false;
  const store = {
    ...inner,
    async append(batch: Parameters<typeof inner.append>[0]) {
      if (!failed && batch.entries.some(({ json }) => json.includes("the child's words"))) {
        failed = true;
        throw new Error("EIO");
      }
      await inner.append(batch);
    },
  };
  const reply = answers({
    go: [toolCallReply("spawn", { prompt: "work" }), textReply("done")],
    work: [textReply("the child's words")],
  });
  stage = await startStage({
    provider: scriptedProvider(Array.from({ length: 4 }, reply)),
    extensions: [toolsSpawn],
    store,
  });
  await stage.sessions.handleMessage({ message: "go", conversationId: "parent" }, call);
  const { items } = await stage.sessions.messages("parent", {});
  const results = items.flatMap(({ chunks }) => chunks.filter(({ type }) => type === "tool-result"));
  expect(failed).toBe(true);
  expect(results).toMatchObject([{ isError: true, output: expect.stringContaining("ended: interrupted") }]);
});
