/** For tests: calls the tools in a real folder, and finds the processes that their commands left. */
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ToolContext, ToolOutput } from "@dispatch/kernel";
import { defaultAllowed } from "../environment.ts";
import { createJobFolder, type JobFolder } from "../job-folder.ts";
import { createJobs, type Jobs } from "../jobs.ts";
import type { ShellToolSettings } from "../manifest.ts";
import { createMarks, type Marks } from "../marks.ts";
import { createProcessGroups, type ProcessGroups } from "../process-groups.ts";
import { createRunCommand } from "../run-command.ts";
import { createRunShell } from "../run-shell.ts";
import { createSweeper, type Sweeper } from "../sweeper.ts";

const testSettings: ShellToolSettings = {
  timeoutMs: 10_000,
  maxTimeoutMs: 20_000,
  outputBytes: 4_096,
  killGraceMs: 150,
  maxJobs: 3,
  maxJobTimeoutMs: 60_000,
  jobLogBytes: 20_000,
  jobFirstMs: 200,
  envAllow: defaultAllowed,
  extraEnv: [],
  pathGuard: true,
  roots: [],
};

const silent = { debug() {}, info() {}, warn() {}, error() {} };

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
  readonly shellTool: ReturnType<typeof createRunShell>;
  /** Calls `run_shell`. */
  script(
    script: string,
    options?: RunOptions & { background?: boolean; callId?: string },
  ): Promise<ToolOutput>;
  readonly jobs: Jobs;
  readonly sweeper: Sweeper;
  readonly marks: Marks;
  /** Where the logs of jobs are. */
  readonly logs: JobFolder;
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
  const marks = createMarks();
  const homeId = `test-${conversationId}`;
  const deps = { after, groups, env: process.env, homeId, marks };
  const sweeper = createSweeper({ homeId, rest: (ms) => sleep(ms, true) });
  const logs = createJobFolder(tmpdir(), homeId);
  let jobsMade = 0;
  const jobs = createJobs({
    after,
    folder: logs,
    log: silent,
    firstMs: testSettings.jobFirstMs,
    maxJobs: testSettings.maxJobs,
    logBytes: testSettings.jobLogBytes,
    outputBytes: testSettings.outputBytes,
    newId: () => `j${++jobsMade}`,
    onEnd: async (mark) => void (await sweeper.sweep(new Set([mark]), testSettings.killGraceMs)),
  });
  const toolWith = (changes: Partial<ShellToolSettings> = {}) =>
    createRunCommand({ ...testSettings, ...changes }, deps);
  const shellWith = (changes: Partial<ShellToolSettings> = {}) =>
    createRunShell({ ...testSettings, ...changes }, deps, jobs);
  const contextOf = (options: RunOptions, callId = "call"): ToolContext => ({
    conversationId,
    turnId: "t",
    stepId: "t#0",
    callId,
    cwd,
    env: options.env ?? {},
    signal: options.signal ?? new AbortController().signal,
    log: silent,
    output: options.onOutput ?? (() => {}),
  });

  async function run(argv: readonly string[], options: RunOptions = {}): Promise<ToolOutput> {
    const { cwd: asked, timeoutMs } = options;
    const input = { argv: [...argv], ...(asked && { cwd: asked }), ...(timeoutMs && { timeoutMs }) };
    return await toolWith(options.settings).execute(input, contextOf(options));
  }

  return {
    cwd,
    conversationId,
    groups,
    tool: toolWith(),
    shellTool: shellWith(),
    jobs,
    sweeper,
    marks,
    logs,
    async script(script, options = {}) {
      const { cwd: asked, timeoutMs, background } = options;
      const input = {
        script,
        ...(asked && { cwd: asked }),
        ...(timeoutMs && { timeoutMs }),
        ...(background && { background }),
      };
      return await shellWith(options.settings).execute(input, contextOf(options, options.callId));
    },
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
    async remove() {
      await jobs.endConversation(conversationId);
      await logs.remove();
      await rm(cwd, { recursive: true });
    },
  };
}
