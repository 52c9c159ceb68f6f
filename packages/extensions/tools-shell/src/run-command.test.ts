import {
  access,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ToolContext, ToolOutput } from "@dispatch/kernel";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { defaultAllowed } from "./environment.ts";
import type { ShellToolSettings } from "./manifest.ts";
import { createProcessGroups } from "./process-groups.ts";
import { createRunCommand } from "./run-command.ts";

const settings: ShellToolSettings = {
  timeoutMs: 10_000,
  maxTimeoutMs: 20_000,
  outputBytes: 4_096,
  killGraceMs: 150,
  envAllow: defaultAllowed,
  extraEnv: [],
  pathGuard: true,
  roots: [],
};
const conversationId = `test-${process.pid}-${Date.now()}`;
const groups = createProcessGroups();
const after = (ms: number, run: () => void) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};
const toolWith = (changes: Partial<ShellToolSettings> = {}) =>
  createRunCommand({ ...settings, ...changes }, { after, groups, env: process.env });

let cwd: string;
beforeAll(async () => {
  cwd = await realpath(await mkdtemp(join(tmpdir(), "tools-shell-")));
  await mkdir(join(cwd, "sub"));
  await symlink("/etc", join(cwd, "out"));
  await writeFile(join(cwd, "plain.txt"), "text\n");
});
afterAll(() => rm(cwd, { recursive: true }));
afterEach(async () => expect(await marked()).toEqual([]));

/** Ids of processes that carry this test's marker. */
async function marked(): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    if (environment.includes(`DISPATCH_CHILD=${conversationId}/`)) found.push(pid);
  }
  return found;
}

async function until(check: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 3_000;
  while (!(await check())) {
    if (Date.now() > end) throw new Error("It never became true.");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

interface Run {
  signal?: AbortSignal;
  env?: Record<string, string>;
  cwd?: string;
  timeoutMs?: number;
  settings?: Partial<ShellToolSettings>;
  onOutput?: (text: string) => void;
}

async function run(argv: string[], options: Run = {}): Promise<ToolOutput> {
  const context: ToolContext = {
    conversationId,
    turnId: "t",
    stepId: "t#0",
    callId: "call",
    cwd,
    env: options.env ?? {},
    signal: options.signal ?? new AbortController().signal,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    output: options.onOutput ?? (() => {}),
  };
  const { cwd: asked, timeoutMs } = options;
  const input = { argv, ...(asked && { cwd: asked }), ...(timeoutMs && { timeoutMs }) };
  return await toolWith(options.settings).execute(input, context);
}

const shell = (script: string, options?: Run) => run(["sh", "-c", script], options);

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
    const { parameters } = toolWith();
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

describe("ending", () => {
  // A tree of three generations that ignores the polite request.
  const stubborn =
    "trap '' TERM; sh -c \"trap '' TERM; sleep 30 & sleep 30; sleep 30\" & echo ready; sleep 30; sleep 30";

  it("K5: an abort ends the whole tree within a second, even when it ignores SIGTERM", async () => {
    const controller = new AbortController();
    let began = 0;
    const onOutput = () => {
      void until(async () => (await marked()).length >= 5).then(() => {
        began = Date.now();
        controller.abort();
      });
    };
    const { output, isError } = await shell(stubborn, { signal: controller.signal, onOutput });
    expect(Date.now() - began).toBeLessThan(700);
    expect({ output, isError }).toEqual({ output: "ready\n(aborted)", isError: true });
    await until(async () => (await marked()).length === 0);
    expect(Date.now() - began).toBeLessThan(1_000);
  });

  it("stops at the time limit", async () => {
    const began = Date.now();
    const { output, isError } = await shell(stubborn, { timeoutMs: 200 });
    expect(Date.now() - began).toBeLessThan(1_000);
    expect({ output, isError }).toEqual({
      output: "ready\n(stopped: it took longer than 200 ms)",
      isError: true,
    });
    await until(async () => (await marked()).length === 0);
  });

  it("does not wait out the grace when the group ends at once", async () => {
    const began = Date.now();
    await run(["sleep", "30"], { timeoutMs: 50, settings: { killGraceMs: 5_000 } });
    expect(Date.now() - began).toBeLessThan(1_000);
  });

  it("lets a command clean up within the grace", async () => {
    const script = "trap 'sleep 0.1; echo bye; exit 0' TERM; sleep 30 & echo ready; wait";
    const began = Date.now();
    const controller = new AbortController();
    const { output } = await shell(script, {
      signal: controller.signal,
      onOutput: (text) => text.includes("ready") && controller.abort(),
      settings: { killGraceMs: 5_000 },
    });
    expect(output).toBe("ready\nbye\n(aborted)");
    expect(Date.now() - began).toBeLessThan(2_000);
  });

  it("does not hang on a grandchild that holds the output open, and ends it", async () => {
    const began = Date.now();
    const { output } = await shell("sleep 30 & echo done");
    expect(output).toBe("done\n(exit code 0)");
    expect(Date.now() - began).toBeLessThan(1_000);
    await until(async () => (await marked()).length === 0);
  });

  it("ends what the command left behind with closed streams", async () => {
    await shell("sleep 30 >/dev/null 2>&1 & exit 0");
    await until(async () => (await marked()).length === 0);
  });

  it("comes back although one who left the group holds the output open", async () => {
    const began = Date.now();
    const { output } = await shell("setsid sleep 2 & echo done");
    expect(output).toBe("done\n(exit code 0)");
    expect(Date.now() - began).toBeLessThan(1_000);
    for (const pid of await marked()) process.kill(Number(pid), "SIGKILL");
    await until(async () => (await marked()).length === 0);
  });

  it("starts nothing after an abort", async () => {
    await expect(run(["touch", "never"], { signal: AbortSignal.abort() })).rejects.toThrow();
    await expect(access(join(cwd, "never"))).rejects.toThrow();
  });

  it("is ended by killAll", async () => {
    const { output } = await shell(stubborn, { onOutput: () => groups.killAll() });
    expect(output).toBe("ready\n(aborted)");
    await until(async () => (await marked()).length === 0);
  });
});

describe("places and environment", () => {
  it("starts in the folder that was asked for, inside the working directory only", async () => {
    expect((await shell("pwd; pwd -P", { cwd: "sub" })).output).toBe(`${cwd}/sub\n${cwd}/sub\n(exit code 0)`);
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
    expect(output).toContain(`DISPATCH_CHILD=${conversationId}/call\n`);
    expect(output).not.toContain("sk-secret");
    expect(output).toMatch(/\(exit code 0; environment not passed on: LD_PRELOAD, OPENAI_API_KEY\)$/);
    expect(output).not.toMatch(/^(VITEST|NODE_|npm_)/m);
  });
});
