/** Starts `child.ts` as processes of their own, and hears what they say. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** esbuild's `build`, given by the test. */
type Build = (options: {
  entryPoints: string[];
  outfile: string;
  bundle: true;
  platform: "node";
  format: "esm";
  conditions: string[];
  external: string[];
}) => Promise<unknown>;

export interface Child {
  readonly pid: number;
  /** What it said so far, a line each. */
  readonly lines: readonly string[];
  /** Resolves with the first line that begins with `word`. */
  said(word: string): Promise<string>;
  tell(line: string): void;
  kill(): Promise<void>;
  /** Ends its input and waits for its end. */
  leave(): Promise<void>;
}

export interface Children {
  /** `limitKiB`: no file of it may grow beyond that. */
  start(mode: string, dataDir: string, limitKiB?: number): Child;
  /** Kills those that are left. */
  end(): void;
}

export async function buildChildren(build: Build): Promise<Children> {
  // Inside the package, so that the script finds the database it leaves out of the bundle.
  const cache = fileURLToPath(new URL("../../node_modules/.cache/", import.meta.url));
  const script = `${cache}child-${process.pid}-${process.hrtime.bigint()}.mjs`;
  mkdirSync(cache, { recursive: true });
  const entry = fileURLToPath(new URL("./child.ts", import.meta.url));
  const conditions = ["@dispatch/source"];
  await build({
    entryPoints: [entry],
    outfile: script,
    bundle: true,
    platform: "node",
    format: "esm",
    conditions,
    external: ["level"],
  });
  const started = new Set<ChildProcess>();
  return {
    start(mode, dataDir, limitKiB) {
      const command = limitKiB === undefined ? 'exec "$@"' : `ulimit -S -f ${limitKiB}; exec "$@"`;
      const child = spawn("bash", ["-c", command, "bash", process.execPath, script, mode, dataDir], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      started.add(child);
      void once(child, "exit").then(() => started.delete(child));
      return follow(child);
    },
    end() {
      for (const child of started) child.kill("SIGKILL");
      rmSync(script, { force: true });
    },
  };
}

function follow(child: ReturnType<typeof spawn>): Child {
  const { stdin, stdout } = child;
  if (!stdin || !stdout) throw new Error("a child without pipes");
  const lines: string[] = [];
  let ended = false;
  const waiting = new Set<() => void>();
  const reader = createInterface({ input: stdout });
  const gone = Promise.all([once(child, "exit"), once(reader, "close")]);
  const wake = (): void => {
    for (const check of waiting) check();
  };
  reader.on("line", (line) => {
    lines.push(line);
    wake();
  });
  reader.on("close", () => {
    ended = true;
    wake();
  });
  return {
    pid: child.pid ?? 0,
    lines,
    said: (word) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const found = lines.find((line) => line.startsWith(word));
          if (found !== undefined) resolve(found);
          else if (ended) reject(new Error(`ended without "${word}": ${lines.slice(-3).join(" / ")}`));
          else return;
          waiting.delete(check);
        };
        waiting.add(check);
        check();
      }),
    tell: (line) => void stdin.write(`${line}\n`),
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
    async leave() {
      stdin.end();
      await gone;
    },
  };
}
