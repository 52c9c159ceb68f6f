/** Approvals by the command line: a chat that waits, answered from another terminal. */
import { spawn } from "node:child_process";
import { calls, reply, text } from "@dispatch/provider-openai/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bin, cleanEnv } from "../support/server.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({ args: [] });
});
afterAll(() => stage.end());

function cli(...args: string[]) {
  const env = cleanEnv(stage.dataDir, {
    DISPATCH_DATA_DIR: stage.dataDir,
    OPENAI_API_KEY: "sk-e2e",
    OPENAI_BASE_URL: stage.provider.url,
  });
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: stage.cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const out = { stdout: "", stderr: "" };
  const interrupt = () => child.kill("SIGINT");
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    out.stdout += piece;
  });
  child.stderr.setEncoding("utf8").on("data", (piece: string) => {
    out.stderr += piece;
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.once("close", (code) => resolve({ code, ...out }));
  });
  return { out, ended, interrupt };
}

it("names the command that answers, which lists and allows it; the chat goes on", async () => {
  stage.provider.script(
    reply(calls({ name: "run_command", args: { argv: ["echo", "allowed\u202e indeed"] } })),
  );
  stage.provider.script(reply(text("all done")));
  const chat = cli("chat", "go");
  await expect.poll(() => chat.out.stderr).toContain("(or --deny)");
  expect(await cli("list").ended).toMatchObject({
    stdout: expect.stringContaining("active (waits for an answer)"),
    stderr: expect.stringContaining("`dispatch approve`"),
  });
  const listed = await cli("approve").ended;
  expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining("allowed\\u{202e} indeed") });
  const id = /dispatch approve (\S+)/.exec(chat.out.stderr)?.[1] ?? "";
  const conversationId = listed.stdout.split(/\s+/)[1] ?? "";
  const question = chat.out.stderr.slice(chat.out.stderr.indexOf("· waits for an approval"));
  expect((await cli("show", conversationId).ended).stderr).toContain(question);
  const watching = cli("watch", conversationId);
  await expect.poll(() => watching.out.stderr).toContain(question);
  expect(listed.stdout.startsWith(id)).toBe(true);
  expect(await cli("approve", id.slice(0, 20)).ended).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^allowed run_command/),
  });
  expect(await chat.ended).toMatchObject({ code: 0, stdout: expect.stringContaining("all done") });
  await expect.poll(() => watching.out.stdout).toContain("all done");
  expect(watching.out.stderr).toContain("· allowed");
  watching.interrupt();
  expect(await watching.ended).toMatchObject({ code: 130 });
  expect(await cli("approve").ended).toMatchObject({ code: 0, stdout: "nothing waits for an approval\n" });
  expect(await cli("approve", id).ended).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("No approval that waits"),
  });
});

it("denies with --deny, and the model hears of it", async () => {
  stage.provider.script(reply(calls({ name: "run_command", args: { argv: ["ls"] } })));
  stage.provider.script(reply(text("never mind")));
  const chat = cli("chat", "go");
  await expect.poll(() => chat.out.stderr).toContain("(or --deny)");
  const id = /dispatch approve (\S+)/.exec(chat.out.stderr)?.[1] ?? "";
  expect(await cli("approve", "--deny", id).ended).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^denied/),
  });
  expect(await chat.ended).toMatchObject({ code: 0, stdout: expect.stringContaining("never mind") });
  expect(JSON.stringify(stage.provider.requests.at(-1)?.body)).toContain("denied this call");
});
