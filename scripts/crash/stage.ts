/** The stage of a round: a folder, a strict provider, and servers that start on the same data again and again. */
import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  fileLog,
  reply,
  type StrictServer,
  startStrictServer,
  text,
} from "@dispatch/provider-openai/testing";
import type { Plan } from "./points.ts";

/** What is different from round to round: how cut turns are recovered. */
export type Variant = "resume" | "pause" | "mark";

export interface Folders {
  readonly root: string;
  readonly data: string;
  readonly work: string;
  /** The list of the traffic process. */
  readonly lines: string;
  /** Told by a server right before it kills itself. */
  readonly deaths: string;
  /** One line for each run of a command that must not run twice. */
  readonly runs: string;
}

export interface Stage {
  readonly folders: Folders;
  readonly provider: StrictServer;
  /** Called with the number of requests so far, at each one. */
  onRequest: () => void;
  start(plan: Plan | undefined): Life;
  close(): Promise<void>;
}

/** One server process. */
export interface Life {
  readonly child: ChildProcess;
  /** Undefined when it ended before it listened. */
  readonly ready: Promise<Server | undefined>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly errors: () => string;
}

export interface Server {
  readonly url: string;
  readonly token: string;
}

// What `run_command` runs: it says on which call it ran, then does what its call's mode says.
const runScript = `echo "$1" >> runs
case "$2" in
  "") ;;
  orphan) setsid sleep 300 & ;;
  *) sleep "$2" ;;
esac
echo "ran $1"
`;

/** `program`: the repository whose build runs. `here`: the bundled harness, where the extension lies. */
export async function setStage(options: {
  readonly program: string;
  readonly here: string;
  readonly variant: Variant;
}): Promise<Stage> {
  const { program, here, variant } = options;
  const root = mkdtempSync(join(tmpdir(), "dispatch-crash-"));
  const folders: Folders = {
    root,
    data: join(root, "data"),
    work: join(root, "work"),
    lines: join(root, "lines.jsonl"),
    deaths: join(root, "deaths"),
    runs: join(root, "work", "runs"),
  };
  for (const path of [folders.data, folders.work]) mkdirSync(path, { mode: 0o700 });
  for (const path of [folders.lines, folders.deaths, folders.runs]) writeFileSync(path, "");
  writeFileSync(join(folders.work, "run.sh"), runScript);
  writeFileSync(join(folders.work, "a.txt"), "alpha\n".repeat(40));
  const log = fileLog(join(root, "provider.jsonl"));
  const provider = await startStrictServer({
    apiKey: "sk-crash",
    log(line) {
      log(line);
      if (line.type === "request") stage.onRequest();
    },
  });
  provider.respond(reply(text("Very well.")));
  const config = join(root, "config.json");
  writeFileSync(config, JSON.stringify(configOf(folders.data, variant)));
  const env = {
    PATH: process.env.PATH,
    HOME: folders.data,
    TMPDIR: tmpdir(),
    LANG: "C.UTF-8",
    NO_COLOR: "1",
    DISPATCH_CONFIG: config,
    OPENAI_BASE_URL: provider.url,
    OPENAI_API_KEY: "sk-crash",
    CRASH_FILE: folders.deaths,
  };
  const args = [
    join(program, "packages/host-bin/bin/dispatch.js"),
    ...["serve", "--port", "0", "--data-dir", folders.data, "--approvals", "full"],
    ...["--ext", join(here, "crash-points.js")],
  ];

  const stage: Stage = {
    folders,
    provider,
    onRequest: () => undefined,
    start(plan) {
      // What lives for a second gains nothing from being optimised: a fifth less work for each life.
      const child = spawn(process.execPath, ["--no-opt", ...args], {
        cwd: folders.data,
        env: { ...env, ...(plan && { CRASH_PLAN: JSON.stringify(plan) }) },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let errors = "";
      child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
        errors += chunk;
        appendFileSync(join(root, "stderr.log"), chunk);
      });
      const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
        child.once("exit", (code, signal) => resolve({ code, signal })),
      );
      const ready = new Promise<Server | undefined>((resolve) => {
        let out = "";
        child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
          out += chunk;
          const url = /listening on (http:\/\/\S+)/.exec(out)?.[1];
          if (url) resolve({ url, token: readFileSync(join(folders.data, "token"), "utf8").trim() });
        });
        void ended.then(() => resolve(undefined));
      });
      return { child, ready, ended, errors: () => errors };
    },
    close: () => provider.close(),
  };
  return stage;
}

/** Small numbers: every time and size is a setting, so that a second holds what takes minutes otherwise. */
function configOf(dataDir: string, variant: Variant): unknown {
  const recovery = {
    resume: { crashPauseMs: 0, resumeAttempts: 1_000 },
    pause: { crashPauseMs: 1_500 },
    mark: { recovery: "mark" },
  }[variant];
  return {
    extensions: {
      "store-level": { enabled: false },
      "crash-points": { settings: { dataDir } },
      "session-orchestrator": {
        settings: {
          ...{
            retryDelaysMs: [120, 200],
            checkpointMs: 20,
            checkpointBytes: 64,
            abortGraceMs: 200,
            drainMs: 300,
          },
          ...recovery,
        },
      },
      "transport-http": { settings: { requestsPer10Seconds: 1_000_000, keepAliveTimeoutMs: 1_000 } },
      "tools-shell": { settings: { killGraceMs: 50 } },
      // What this traffic does not use: it would only make each boot longer.
      ...Object.fromEntries(unused.map((id) => [id, { enabled: false }])),
    },
  };
}

const unused = ["tools-web", "tools-todo", "web", "attachments", "commands", "surfaces", "worktrees"];
