/** The examples of the client's README, run as they stand. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { reply, text } from "@dispatch/provider-openai/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Stage, setStage } from "../support/stage.ts";

const readme = readFileSync(new URL("../../../client/README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code = ""]) => code);
const cwd = fileURLToPath(new URL("..", import.meta.url));

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
  stage.provider.respond(reply(text("Good day to you")));
});
afterAll(() => stage.end());

it("are four", () => expect(examples).toHaveLength(4));

it.each([
  ["a turn over HTTP", 0, "Good day to you\n"],
  ["a live conversation", 1, "Good day to you\n"],
  ["the list", 2, "2 conversations\n"],
  ["what is not acknowledged", 3, "acknowledged\n"],
])("%s", async (_what, index, expected) => {
  const env = { ...process.env, DISPATCH_URL: stage.server.url, DISPATCH_TOKEN: stage.server.token };
  const args = ["--input-type=module", "-e", examples[index] ?? ""];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd, env, timeout: 30_000 });
  expect([stdout, stderr]).toEqual([expected, ""]);
});

it("the send that was handed on is one turn", async () => {
  const messages = await stage.api.messages("kept");
  expect(messages.filter(({ role }) => role === "user")).toHaveLength(1);
});
