import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import { scriptedPrompt } from "./prompt-script.ts";
import type { LogLine } from "./records.ts";
import { reply, silence, text } from "./reply.ts";
import { hear } from "./sse-events.ts";

const folder = mkdtempSync(join(tmpdir(), "strict-server-"));
const program = join(folder, "main.mjs");
const log = join(folder, "log.jsonl");
let child: ChildProcess;
let url: string;

beforeAll(async () => {
  const entryPoints = [fileURLToPath(new URL("./main.ts", import.meta.url))];
  await build({
    entryPoints,
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
  const script = join(folder, "script.json");
  writeFileSync(
    script,
    JSON.stringify({ replies: [reply(text("from the file"))], byModel: { b: [reply(text("b"))] } }),
  );
  const flags = [
    "--log",
    log,
    "--script",
    script,
    "--model",
    "m1",
    "--split-bytes",
    "5",
    "--until-stdin-ends",
  ];
  child = spawn(process.execPath, [program, ...flags], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = child.stdout === null ? [] : await once(child.stdout, "data");
  url = String(line).match(/^listening (\S+)\n$/)?.[1] ?? "";
});

afterAll(() => {
  child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

function ask(content: string, model = "m1", signal: AbortSignal | null = null) {
  const request = { model, stream: true, messages: [{ role: "user", content }] };
  const headers = { "content-type": "application/json" };
  return fetch(`${url}/chat/completions`, { method: "POST", headers, body: JSON.stringify(request), signal });
}

function lines(): LogLine[] {
  return readFileSync(log, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

it("serves scripts from file and prompt, logs all of it, and stops with its parent", async () => {
  expect(await (await fetch(`${url}/models`)).json()).toMatchObject({ data: [{ id: "m1" }] });
  expect((await hear(await ask("hi", "b"))).text).toBe("b");
  expect((await hear(await ask("hi"))).text).toBe("from the file");
  expect((await hear(await ask(scriptedPrompt([reply(text("from the prompt"))])))).text).toBe(
    "from the prompt",
  );
  expect((await hear(await ask("hi"))).text).toBe("ok");
  expect((await ask("")).status).toBe(400);

  const leave = new AbortController();
  const silent = await ask(scriptedPrompt([reply(text("half"), silence())]), "m1", leave.signal);
  let seen = "";
  const reader = silent.body?.pipeThrough(new TextDecoderStream()).getReader();
  while (!seen.includes("half")) seen += (await reader?.read())?.value ?? "";
  leave.abort();
  child.stdin?.end();
  expect(await once(child, "exit")).toEqual([0, null]);

  const logged = lines();
  expect(logged.filter((line) => line.type === "request")).toHaveLength(6);
  expect(logged.flatMap((line) => (line.type === "refused" ? line.refusals : []))).toMatchObject([
    { request: 4, reason: "empty-content" },
  ]);
  const sent = logged.flatMap((line) => (line.type === "response" ? [line.sent] : []));
  expect(sent.map(({ text: said, outcome }) => [said, outcome])).toEqual([
    ["b", "complete"],
    ["from the file", "complete"],
    ["from the prompt", "complete"],
    ["ok", "complete"],
    ["", "complete"],
    ["half", "aborted"],
  ]);
});
