import { access } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type CommandRunner, createCommandRunner } from "./testing/command-runner.ts";
import { until } from "./testing/until.ts";

let runner: CommandRunner;
beforeAll(async () => {
  runner = await createCommandRunner("ending");
});
afterAll(() => runner.remove());
afterEach(async () => expect(await runner.marked()).toEqual([]));

const run: CommandRunner["run"] = (argv, options) => runner.run(argv, options);
const shell: CommandRunner["shell"] = (script, options) => runner.shell(script, options);

/** Of the half minute that everything here would take by itself, in ms; how long a machine takes otherwise is its own matter. */
const farBelow = 10_000;

describe("ending", () => {
  // A tree of three generations that ignores the polite request.
  const stubborn =
    "trap '' TERM; sh -c \"trap '' TERM; sleep 30 & sleep 30; sleep 30\" & echo ready; sleep 30; sleep 30";

  it("K5: an abort ends the whole tree at once, even when it ignores SIGTERM", async () => {
    const controller = new AbortController();
    let began = 0;
    const onOutput = () => {
      void until(async () => (await runner.marked()).length >= 5).then(() => {
        began = Date.now();
        controller.abort();
      });
    };
    const { output, isError } = await shell(stubborn, { signal: controller.signal, onOutput });
    expect(Date.now() - began).toBeLessThan(farBelow);
    expect({ output, isError }).toEqual({ output: "ready\n(aborted)", isError: true });
    await until(async () => (await runner.marked()).length === 0);
    expect(Date.now() - began).toBeLessThan(farBelow);
  });

  it("stops at the time limit", async () => {
    const began = Date.now();
    const { output, isError } = await shell(stubborn, { timeoutMs: 200 });
    expect(Date.now() - began).toBeLessThan(farBelow);
    expect({ output, isError }).toEqual({
      output: "ready\n(stopped: it took longer than 200 ms)",
      isError: true,
    });
    await until(async () => (await runner.marked()).length === 0);
  });

  it("does not wait out the grace when the group ends at once", async () => {
    const began = Date.now();
    await run(["sleep", "30"], { timeoutMs: 50, settings: { killGraceMs: 20_000 } });
    expect(Date.now() - began).toBeLessThan(farBelow);
  });

  it("lets a command clean up within the grace", async () => {
    const script = "trap 'sleep 0.1; echo bye; exit 0' TERM; sleep 30 & echo ready; wait";
    const controller = new AbortController();
    const { output } = await shell(script, {
      signal: controller.signal,
      onOutput: (text) => text.includes("ready") && controller.abort(),
      settings: { killGraceMs: 1_000 },
    });
    expect(output).toBe("ready\nbye\n(aborted)");
  });

  it("does not hang on a grandchild that holds the output open, and ends it", async () => {
    const began = Date.now();
    const { output } = await shell("sleep 30 & echo done");
    expect(output).toBe("done\n(exit code 0)");
    expect(Date.now() - began).toBeLessThan(farBelow);
    await until(async () => (await runner.marked()).length === 0);
  });

  it("ends what the command left behind with closed streams", async () => {
    await shell("sleep 30 >/dev/null 2>&1 & exit 0");
    await until(async () => (await runner.marked()).length === 0);
  });

  it("comes back although one who left the group holds the output open", async () => {
    const began = Date.now();
    const { output } = await shell("setsid sleep 30 & echo done");
    expect(output).toBe("done\n(exit code 0)");
    expect(Date.now() - began).toBeLessThan(farBelow);
    for (const pid of await runner.marked()) process.kill(Number(pid), "SIGKILL");
    await until(async () => (await runner.marked()).length === 0);
  });

  it("starts nothing after an abort", async () => {
    await expect(run(["touch", "never"], { signal: AbortSignal.abort() })).rejects.toThrow();
    await expect(access(join(runner.cwd, "never"))).rejects.toThrow();
  });

  it("is ended by killAll", async () => {
    const { output } = await shell(stubborn, { onOutput: () => runner.groups.killAll() });
    expect(output).toBe("ready\n(aborted)");
    await until(async () => (await runner.marked()).length === 0);
  });
});
