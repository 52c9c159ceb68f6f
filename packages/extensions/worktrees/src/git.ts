/** Runs git: no shell, no hooks, no questions, none of the server's environment but what git needs. */
import { execFile } from "node:child_process";

export interface GitRun {
  readonly code: number;
  /** Without the line end. */
  readonly out: string;
  /** Its own words, short. */
  readonly said: string;
}

export type Git = (cwd: string, ...args: readonly string[]) => Promise<GitRun>;

const passed = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "XDG_CONFIG_HOME", "SYSTEMROOT"];

export function createGit(env: NodeJS.ProcessEnv, timeoutMs: number): Git {
  const own = Object.fromEntries(
    passed.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
  const childEnv = { ...own, GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0" };
  // What a repository may name to be run by git is not run: nobody was asked about it.
  const fixed = ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"];
  return (cwd, ...args) =>
    new Promise((resolve) => {
      const options = { cwd, env: childEnv, timeout: timeoutMs, maxBuffer: 1_048_576, windowsHide: true };
      execFile("git", [...fixed, ...args], options, (error, out, said) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        const words = said.trim() || (error && code === -1 ? error.message : "");
        resolve({ code, out: out.trimEnd(), said: words.slice(0, 500) });
      });
    });
}
