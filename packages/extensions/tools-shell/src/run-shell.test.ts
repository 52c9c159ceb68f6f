import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type CommandRunner, createCommandRunner } from "./testing/command-runner.ts";
import { until } from "./testing/until.ts";

let runner: CommandRunner;
beforeAll(async () => {
  runner = await createCommandRunner("shell");
});
afterAll(() => runner.remove());
afterEach(async () => {
  await runner.jobs.endConversation(runner.conversationId);
  expect(await runner.marked()).toEqual([]);
});

const script: CommandRunner["script"] = (text, options) => runner.script(text, options);
const logOf = (output: string) => /its output is in (\S+):/.exec(output)?.[1] ?? "none";

describe("a script", () => {
  it("has pipes, variables and several lines", async () => {
    expect(await script("x=3\nseq $x | tail -n 1 && echo done")).toEqual({
      output: "3\ndone\n(exit code 0)",
    });
    expect(await script("echo no >&2; exit 3")).toEqual({ output: "no\n(exit code 3)", isError: true });
  });

  it("starts inside the working directory, with the marks and no secret", async () => {
    expect((await script("pwd", { cwd: "sub" })).output).toBe(`${runner.cwd}/sub\n(exit code 0)`);
    expect((await script("pwd", { cwd: "out" })).output).toContain("leads outside the working directory");
    const { output } = await script("env", { env: { OPENAI_API_KEY: "sk-secret", GREETING: "hi" } });
    expect(output).toContain(`DISPATCH_HOME_ID=test-${runner.conversationId}\n`);
    expect(output).toContain(`DISPATCH_CHILD=${runner.conversationId}/call\n`);
    expect(output).toContain("GREETING=hi\n");
    expect(output).not.toContain("sk-secret");
    expect(output).toMatch(/environment not passed on: OPENAI_API_KEY\)$/);
  });

  it("K5: is stopped with all it started, by an abort and at its time", async () => {
    const controller = new AbortController();
    const stubborn = "trap '' TERM; (sleep 30; sleep 30) & echo ready; sleep 30; sleep 30";
    const began = Date.now();
    const aborted = await script(stubborn, {
      signal: controller.signal,
      onOutput: () => controller.abort(),
    });
    expect(aborted).toEqual({ output: "ready\n(aborted)", isError: true });
    const late = await script(stubborn, { timeoutMs: 200 });
    expect(late.output).toBe("ready\n(stopped: it took longer than 200 ms)");
    expect(Date.now() - began).toBeLessThan(10_000);
    await until(async () => (await runner.marked()).length === 0);
  });

  it("bounds its output and its time", async () => {
    const { output, truncated } = await script("echo FIRST; yes | head -c 1000000; echo LAST");
    expect(output).toMatch(/^FIRST\n.*bytes left out.*LAST\n\(exit code 0\)$/s);
    expect({ truncated, short: output.length < 4_300 }).toEqual({ truncated: true, short: true });
    expect((await script("true", { timeoutMs: 20_001 })).output).toBe(
      "timeoutMs is 20000 at most (more with background).",
    );
  });

  it("checks its arguments", () => {
    const ok = (value: unknown) => runner.shellTool.parameters.safeParse(value).success;
    expect(ok({ script: "ls", cwd: "sub", timeoutMs: 5, background: true })).toBe(true);
    for (const text of ["", " \n", "a\0b", "x".repeat(100_001)]) expect(ok({ script: text })).toBe(false);
    expect(ok({ script: "ls", argv: [] })).toBe(false);
  });
});

describe("a background job", () => {
  it("answers with its first output, goes on, and can be looked at and ended by other calls", async () => {
    const { output, isError } = await script("echo up; sleep 0.4; echo later; sleep 30", {
      background: true,
    });
    expect(isError).toBeUndefined();
    expect(output).toMatch(/^up\n\(job j\d+ goes on in the background; /);
    const log = logOf(output);
    expect((await stat(log)).mode & 0o777).toBe(0o600);
    await until(async () => (await script(`cat ${log}`, { callId: "look" })).output.includes("later"));
    const kill = /run_shell "(kill -TERM -\d+)"/.exec(output)?.[1] ?? "false";
    expect((await script(kill, { callId: "kill" })).isError).toBeUndefined();
    await until(async () =>
      (await script(`cat ${log}`, { callId: "look" })).output.includes("(killed by SIGTERM)"),
    );
    expect(runner.jobs.marks().size).toBe(0);
  });

  it("that is over at once is answered like any script", async () => {
    expect(await script("echo quick; exit 2", { background: true })).toEqual({
      output: "quick\n(exit code 2)",
      isError: true,
    });
  });

  it("is ended with the conversation, and its log is gone", async () => {
    const { output } = await script("trap '' TERM; echo up; sleep 30; sleep 30", { background: true });
    await runner.jobs.endConversation("another");
    expect((await runner.marked()).length).toBeGreaterThan(0);
    await runner.jobs.endConversation(runner.conversationId);
    await until(async () => (await runner.marked()).length === 0);
    await expect(stat(logOf(output))).rejects.toThrow("ENOENT");
  });

  it("is ended by an abort of its call, and at its time", async () => {
    const controller = new AbortController();
    const aborted = await script("echo up; sleep 30", {
      background: true,
      signal: controller.signal,
      onOutput: () => controller.abort(),
    });
    expect(aborted).toEqual({ output: "up\n(aborted)", isError: true });
    const { output } = await script("echo up; sleep 30", { background: true, timeoutMs: 400 });
    const log = logOf(output);
    await until(async () =>
      (await script(`cat ${log}`, { callId: "look" })).output.includes("longer than 400 ms"),
    );
  });

  it("is one of a few at most", async () => {
    const start = () => script("sleep 30", { background: true });
    const results = await Promise.all([start(), start(), start(), start(), start()]);
    const refused = results.filter(({ isError }) => isError);
    expect(refused).toHaveLength(2);
    expect(refused[0]?.output).toBe(
      "There are 3 background jobs in this conversation already: end one first.",
    );
  });

  it("keeps a bounded log of a flood, the latest output in it, at a bounded rate", async () => {
    const began = process.cpuUsage();
    const { output } = await script("yes 0123456789; true", { background: true });
    const log = logOf(output);
    for (let n = 0; n < 10; n++) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      expect((await stat(log)).size).toBeLessThan(20_000 + 70_000);
    }
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1_000).toBeLessThan(500);
    expect((await script(`head -n 1 ${log}`, { callId: "look" })).output).toContain(
      "earlier output left out",
    );
  });
});

describe("what left its group", () => {
  // Each has left before the script ends, and its group with it.
  const left = "until [ -e left ]; do sleep 0.02; done; rm left";
  const strays: readonly (readonly [string, string])[] = [
    ["setsid", `setsid sh -c 'touch left; exec sleep 30' >/dev/null 2>&1 & ${left}`],
    [
      "a double fork",
      `(setsid sh -c 'sleep 30 & sleep 30 & touch left; exit 0' >/dev/null 2>&1 &) ; ${left}`,
    ],
    [
      "one that ignores SIGTERM",
      `setsid sh -c "trap '' TERM; touch left; sleep 30; sleep 30" >/dev/null 2>&1 & ${left}`,
    ],
  ];
  it.each(strays)("%s is swept by the mark of its call", async (_name, text) => {
    await script(text, { callId: "stray" });
    await until(async () => (await runner.marked()).length > 0);
    const mark = `${runner.conversationId}/stray`;
    expect(runner.marks.take("t").has(mark)).toBe(true);
    expect(await runner.sweeper.sweep(new Set(["other/stray"]), 100)).toBe(0);
    expect((await runner.marked()).length).toBeGreaterThan(0);
    expect(await runner.sweeper.sweep(new Set([mark]), 100)).toBeGreaterThan(0);
    expect(await runner.marked()).toEqual([]);
  });

  it("of a job is swept at the job's end, with no turn about", async () => {
    await script("setsid sleep 30 >/dev/null 2>&1 & until [ -e go ]; do sleep 0.02; done; rm go", {
      background: true,
    });
    await until(async () => (await runner.marked()).length > 1);
    await writeFile(join(runner.cwd, "go"), "");
    await until(async () => (await runner.marked()).length === 0);
  });

  it("is left alone by the sweep of another data folder", async () => {
    const other = await createCommandRunner("other");
    await script(`setsid sh -c 'touch left; exec sleep 30' >/dev/null 2>&1 & ${left}`);
    expect(await other.sweeper.sweep("all", 0)).toBe(0);
    expect((await runner.marked()).length).toBe(1);
    expect(await runner.sweeper.sweep("all", 0)).toBe(1);
    await other.remove();
  });
});

it("puts nothing into the working directory", async () => {
  await expect(stat(join(runner.cwd, ".dispatch"))).rejects.toThrow("ENOENT");
});
