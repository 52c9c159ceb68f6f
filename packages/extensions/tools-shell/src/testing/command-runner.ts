/** For tests: calls `run_command` in a real folder, and finds the processes that its commands left. */
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ToolContext, ToolOutput } from "@dispatch/kernel";
import { defaultAllowed } from "../environment.ts";
import type { ShellToolSettings } from "../manifest.ts";
import { createProcessGroups, type ProcessGroups } from "../process-groups.ts";
import { createRunCommand } from "../run-command.ts";

const testSettings: ShellToolSettings = {
  timeoutMs: 10_000,
  maxTimeoutMs: 20_000,
  outputBytes: 4_096,
  killGraceMs: 150,
  envAllow: defaultAllowed,
  extraEnv: [],
  pathGuard: true,
  roots: [],
};

const after = (ms: number, run: () => void | Promise<void>) => {
  const timer = setTimeout(() => void run(), ms);
  return () => clearTimeout(timer);
};

export interface RunOptions {
  signal?: AbortSignal;
  env?: Record<string, string>;
  cwd?: string;
  timeoutMs?: number;
  settings?: Partial<ShellToolSettings>;
  onOutput?: (text: string) => void;
}

export interface CommandRunner {
  /** Real path of the working directory: `sub/`, `plain.txt`, and `out`, a link to /etc. */
  readonly cwd: string;
  readonly conversationId: string;
  readonly groups: ProcessGroups;
  readonly tool: ReturnType<typeof createRunCommand>;
  run(argv: readonly string[], options?: RunOptions): Promise<ToolOutput>;
  /** Runs a script by `sh -c`. */
  shell(script: string, options?: RunOptions): Promise<ToolOutput>;
  /** Ids of running processes that carry this runner's marker. */
  marked(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

/** `name` keeps runners of different test files apart. */
export async function createCommandRunner(name: string): Promise<CommandRunner> {
  const cwd = await realpath(await mkdtemp(join(tmpdir(), "tools-shell-")));
  await mkdir(join(cwd, "sub"));
  await symlink("/etc", join(cwd, "out"));
  await writeFile(join(cwd, "plain.txt"), "text\n");
  const conversationId = `${name}-${process.pid}`;
  const groups = createProcessGroups();
  const toolWith = (changes: Partial<ShellToolSettings> = {}) =>
    createRunCommand({ ...testSettings, ...changes }, { after, groups, env: process.env });

  async function run(argv: readonly string[], options: RunOptions = {}): Promise<ToolOutput> {
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
    const input = { argv: [...argv], ...(asked && { cwd: asked }), ...(timeoutMs && { timeoutMs }) };
    return await toolWith(options.settings).execute(input, context);
  }

  return {
    cwd,
    conversationId,
    groups,
    tool: toolWith(),
    run,
    shell: (script, options) => run(["sh", "-c", script], options),
    async marked() {
      const found: string[] = [];
      for (const pid of (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry))) {
        const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
        if (environment.includes(`DISPATCH_CHILD=${conversationId}/`)) found.push(pid);
      }
      return found;
    },
    remove: () => rm(cwd, { recursive: true }),
  };
}
