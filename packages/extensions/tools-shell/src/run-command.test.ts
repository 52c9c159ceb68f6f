import { tmpdir } from "node:os";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type CommandRunner, createCommandRunner } from "./testing/command-runner.ts";

let runner: CommandRunner;
beforeAll(async () => {
  runner = await createCommandRunner("answers");
});
afterAll(() => runner.remove());
afterEach(async () => expect(await runner.marked()).toEqual([]));

const run: CommandRunner["run"] = (argv, options) => runner.run(argv, options);
const shell: CommandRunner["shell"] = (script, options) => runner.shell(script, options);

describe("what it answers", () => {
  it("gives the output and the exit code", async () => {
    expect(await run(["echo", "a b"])).toEqual({ output: "a b\n(exit code 0)" });
    expect(await run(["true"])).toEqual({ output: "(no output; exit code 0)" });
  });

  it("marks other exit codes and signals as errors", async () => {
    expect(await shell("printf oh; exit 3")).toEqual({ output: "oh\n(exit code 3)", isError: true });
    expect(await shell("kill -9 $$")).toEqual({ output: "(no output; killed by SIGKILL)", isError: true });
  });

  it("keeps both streams in the order in which they came", async () => {
    const { output } = await shell("echo 1; sleep 0.05; echo 2 >&2; sleep 0.05; echo 3");
    expect(output).toBe("1\n2\n3\n(exit code 0)");
  });

  it("passes arguments as they are, and no input", async () => {
    expect((await run(["printf", "%s|", "$HOME", "*", "a;b", ""])).output).toBe(
      "$HOME|*|a;b||\n(exit code 0)",
    );
    expect((await run(["cat"])).output).toBe("(no output; exit code 0)");
  });

  it.each([
    [["no-such-program-here"], "was not found"],
    [["git status --short"], "Give each argument as an item of its own"],
    [["./plain.txt"], "not an executable file"],
  ])("explains why %j does not start", async (argv, sentence) => {
    const { output, isError } = await run(argv);
    expect(output).toContain(sentence);
    expect(isError).toBe(true);
  });

  it("checks its arguments", () => {
    const { parameters } = runner.tool;
    const ok = (value: unknown) => parameters.safeParse(value).success;
    expect(ok({ argv: ["ls"], cwd: "sub", timeoutMs: 5 })).toBe(true);
    for (const argv of [[], [""], ["a\0b"], Array(1_001).fill("x"), ["x".repeat(131_072)]])
      expect(ok({ argv })).toBe(false);
    for (const extra of [{ shell: true }, { timeoutMs: 20_001 }, { timeoutMs: 1.5 }, { cwd: "" }]) {
      expect(ok({ argv: ["ls"], ...extra })).toBe(false);
    }
  });
});

describe("output", () => {
  it("never splits a character, live or in the result", async () => {
    const live: string[] = [];
    // Each byte of "€ü😀" written by itself.
    const script = `for b in 342 202 254 303 274 360 237 230 200; do printf "\\\\$b"; sleep 0.01; done`;
    const { output } = await shell(script, { onOutput: (text) => live.push(text) });
    expect(output).toBe("€ü😀\n(exit code 0)");
    expect(live.join("")).toBe("€ü😀");
    expect(live.join("|")).not.toContain("\uFFFD");
  });

  it("shows output while the command runs", async () => {
    const controller = new AbortController();
    const { output } = await shell("echo begun; sleep 30", {
      signal: controller.signal,
      onOutput: () => controller.abort(),
    });
    expect(output).toBe("begun\n(aborted)");
  });

  it("keeps head and tail of a flood in bounded memory", async () => {
    const before = process.memoryUsage().arrayBuffers;
    let peak = 0;
    let bytes = 0;
    const onOutput = (text: string) => {
      bytes += text.length;
      peak = Math.max(peak, process.memoryUsage().arrayBuffers);
    };
    const script = "echo FIRST; yes 0123456789abcdef | head -c 50000000; echo LAST";
    const { output, truncated, isError } = await shell(script, { onOutput });
    expect(bytes).toBe(50_000_000 + 11);
    expect(peak - before).toBeLessThan(32 * 1_048_576);
    expect({ truncated, isError }).toEqual({ truncated: true, isError: undefined });
    expect(output.startsWith("FIRST\n")).toBe(true);
    expect(output.endsWith("LAST\n(exit code 0)")).toBe(true);
    expect(output).toContain(`[… ${50_000_011 - 4_096} bytes left out …]`);
    expect(output.length).toBeLessThan(4_096 + 100);
  });
});

describe("places and environment", () => {
  it("starts in the folder that was asked for, inside the working directory only", async () => {
    expect((await shell("pwd; pwd -P", { cwd: "sub" })).output).toBe(
      `${runner.cwd}/sub\n${runner.cwd}/sub\n(exit code 0)`,
    );
    for (const outside of ["out", "..", "/etc", "sub/../.."]) {
      expect((await run(["pwd"], { cwd: outside })).output).toContain("leads outside the working directory");
    }
    expect((await run(["pwd"], { cwd: "nope" })).output).toContain("is not an existing folder");
  });

  it("refuses arguments that name places outside, and says which", async () => {
    for (const argv of [
      ["cat", "/etc/passwd"],
      ["cat", "out/passwd"],
      ["ls", "../.."],
      ["ls", `--x=${tmpdir()}`],
    ]) {
      const { output, isError } = await run(argv);
      expect(output).toContain(`The argument "${argv[1]}" names a place outside`);
      expect(isError).toBe(true);
    }
    expect((await run(["/bin/echo", "x"])).output).toBe("x\n(exit code 0)");
    expect((await run(["cat", "/etc/hostname"], { settings: { pathGuard: false } })).isError).toBeUndefined();
    expect((await run(["cat", "/etc/hostname"], { settings: { roots: ["/etc"] } })).isError).toBeUndefined();
  });

  it("A3: passes no secret on and reports what it refused", async () => {
    const env = { GREETING: "hi", OPENAI_API_KEY: "sk-secret", LD_PRELOAD: "/x.so" };
    const { output } = await run(["env"], { env });
    expect(output).toContain("GREETING=hi\n");
    expect(output).toContain(`DISPATCH_CHILD=${runner.conversationId}/call\n`);
    expect(output).not.toContain("sk-secret");
    expect(output).toMatch(/\(exit code 0; environment not passed on: LD_PRELOAD, OPENAI_API_KEY\)$/);
    expect(output).not.toMatch(/^(VITEST|NODE_|npm_)/m);
  });
});
