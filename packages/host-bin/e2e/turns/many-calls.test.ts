/** Steps of many tool calls, in several conversations at once: nothing is said on stderr about listeners. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { calls, reply, text } from "@dispatch/provider-openai/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Stage, setStage } from "../support/stage.ts";

const many = Array.from({ length: 30 }, (_, index) => index);
let stage: Stage;
beforeAll(async () => {
  stage = await setStage({ env: { NODE_OPTIONS: "--trace-warnings" } });
  for (const index of many) {
    await mkdir(join(stage.cwd, `d${index}`));
    await writeFile(join(stage.cwd, `d${index}`, "a.txt"), "words\n");
  }
});
afterAll(() => stage.end());

it.each([
  ["run_command", (index: number) => ({ argv: ["echo", String(index)] })],
  ["list_files", (index: number) => ({ path: `d${index}` })],
  ["read_file", (index: number) => ({ path: `d${index}/a.txt` })],
  ["search_files", (index: number) => ({ path: `d${index}`, pattern: "words" })],
])("thirty calls of %s in one step, in two conversations", async (name, argsOf) => {
  const step = reply(calls(...many.map((index) => ({ name, args: argsOf(index) }))));
  stage.provider.script(step);
  stage.provider.script(step);
  stage.provider.script(reply(text("done")));
  stage.provider.script(reply(text("done")));
  const talks = ["a", "b"].map(async (each) => {
    const conversationId = `${name}-${each}`;
    await stage.api.chat({ message: "go", conversationId, cwd: stage.cwd });
    const chunks = (await stage.api.messages(conversationId)).flatMap((message) => message.chunks);
    const results = chunks.filter(({ type }) => type === "tool-result");
    expect(results).toHaveLength(many.length);
    expect(results).toEqual(many.map(() => expect.objectContaining({ outcome: "ok" })));
  });
  await Promise.all(talks);
  expect(stage.server.errors()).toBe("");
});
