import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommandLine } from "./command-line.ts";
import { defaultTimes } from "./servers/times.ts";
import { type TestFolder, testFolder } from "./testing/folder.ts";

let folder: TestFolder;
beforeEach(() => {
  folder = testFolder();
});
afterEach(() => folder.remove());

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const stdout = new PassThrough().setEncoding("utf8");
  const stderr = new PassThrough().setEncoding("utf8");
  const terminal = {
    stdin: new PassThrough(),
    stdout,
    stderr,
    env,
    cwd: folder.path,
    version: "1.2.3",
    now: Date.now,
    onInterrupt: () => () => undefined,
  };
  const code = await runCommandLine({ args, terminal, program: "none", times: defaultTimes });
  return { code, out: (stdout.read() as string | null) ?? "", err: (stderr.read() as string | null) ?? "" };
}

describe("the command line", () => {
  it("has `serve` beside the commands of the extension", async () => {
    const { code, out } = await run(["--help"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}serve \[options\]/m);
    expect(out).toMatch(/^ {2}chat \[options\] \[text\.\.\.\]/m);
  });

  it("status shows the configuration with its sources and no secret", async () => {
    const config = folder.file(
      "c.json",
      '{ "credentials": { "mine": { "provider": "openai", "apiKey": "sk-literal" } } }',
    );
    const env = { DISPATCH_CONFIG: config, OPENAI_API_KEY: "sk-env", DISPATCH_PORT: "4000" };
    const { code, out } = await run(["status", "--data-dir", "data"], env);
    expect(code).toBe(3);
    expect(out).toMatch(/^server +not running$/m);
    expect(out).toMatch(/^server\.port +4000 \(environment DISPATCH_PORT\)$/m);
    expect(out).toMatch(/^credentials\.mine\.apiKey +"\(hidden\)"/m);
    expect(out).toMatch(
      /^credentials\.openai\.apiKey +"env:OPENAI_API_KEY" \(environment OPENAI_API_KEY\)$/m,
    );
    expect(out).not.toMatch(/sk-/);
  });

  it("a wrong configuration stops `serve` and a background start before anything runs", async () => {
    const env = { DISPATCH_CONFIG: folder.file("c.json", '{ "modle": 1 }') };
    const serve = await run(["serve", "--data-dir", "data"], env);
    expect(serve.code).toBe(1);
    expect(serve.err).toContain('modle: unknown key; did you mean "model"?');
    const list = await run(["list", "--data-dir", "data"], env);
    expect(list).toMatchObject({ code: 1, out: "" });
    expect(list.err).toContain("modle");
  });
});
