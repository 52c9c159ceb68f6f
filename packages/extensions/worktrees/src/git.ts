/** Runs git: no shell, no hooks, no questions, no network, none of the server's environment but what git needs. */
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
  // What a repository may name to be run by git is not run: nobody was asked about it. Hooks, monitors and whoever it would
  // fetch missing objects by are switched off here; filters cannot be, see `filtersOf`.
  const childEnv = {
    ...own,
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_ALLOW_PROTOCOL: "none", // the same for git before 2.45
  };
  const fixed = ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"];
  return (cwd, ...args) =>
    new Promise((resolve) => {
      const options = { cwd, env: childEnv, timeout: timeoutMs, maxBuffer: 1_048_576, windowsHide: true };
      const settle: Parameters<typeof execFile>[3] = (error, out, said) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        const words = String(said).trim() || (error && code === -1 ? error.message : "");
        resolve({ code, out: String(out).trimEnd(), said: words.slice(0, 500) });
      };
      try {
        execFile("git", [...fixed, ...args], options, settle);
      } catch (error) {
        settle(error as Error, "", ""); // a word that no program can be given, such as one with NUL
      }
    });
}

/**
 * Programs that the repository's own configuration has git run on its files (`filter.x.smudge`), files that it includes
 * counted. Those of the person's own are theirs. `about`: where the repository is, when not at `cwd`.
 */
export async function filtersOf(git: Git, cwd: string, about: readonly string[] = []): Promise<string[]> {
  const pattern = "^filter\\..*\\.(smudge|clean|process)$";
  const found = await git(cwd, ...about, "config", "--show-scope", "--name-only", "--get-regexp", pattern);
  return found.out
    .split("\n")
    .map((line) => /^(?:local|worktree)\s+(.*)$/.exec(line)?.[1])
    .filter((name) => name !== undefined);
}
