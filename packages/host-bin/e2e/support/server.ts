/** A real `dispatch serve` as a process of its own, with an environment and a data folder of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const bin = fileURLToPath(new URL("../../bin/dispatch.js", import.meta.url));

export interface ServerOptions {
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

export interface ServerProcess {
  readonly url: string;
  readonly token: string;
  readonly child: ChildProcess;
  /** Everything it wrote to stderr. */
  readonly errors: () => string;
  /** SIGTERM, then waits for the exit; gives the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, then waits. */
  kill(): Promise<void>;
}

/** A clean environment: nothing of the machine's keys or configuration reaches the server. */
export function cleanEnv(home: string, extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: home, TMPDIR: tmpdir(), LANG: "C.UTF-8", NO_COLOR: "1", ...extra };
}

/** Starts a server and waits until it says that it listens. Rejects with its stderr when it ends first. */
export async function startServer({ dataDir, env = {}, args = [] }: ServerOptions): Promise<ServerProcess> {
  const child = spawn(process.execPath, [bin, "serve", "--port", "0", "--data-dir", dataDir, ...args], {
    cwd: dataDir,
    env: cleanEnv(dataDir, env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const url = await new Promise<string>((resolve, reject) => {
    let out = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      out += text;
      const found = /listening on (http:\/\/\S+)/.exec(out)?.[1];
      if (found) resolve(found);
    });
    void exited.then((code) => reject(new Error(`the server ended with ${code}: ${out}${errors}`)));
  });
  return {
    url,
    token: (await readFile(join(dataDir, "token"), "utf8")).trim(),
    child,
    errors: () => errors,
    async stop() {
      child.kill("SIGTERM");
      return exited;
    },
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Folders that a test makes, removed at its end. */
export async function tempFolder(label: string): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), `dispatch-${label}-`));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}
