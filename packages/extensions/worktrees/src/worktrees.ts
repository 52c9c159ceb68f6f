/**
 * Makes and removes worktrees. What is known of one is written beside it, not in it: its files belong to whoever works there,
 * and must not decide what git does for the server.
 */
import { mkdir, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Workplaces, WorkplaceWanted } from "@dispatch/session-orchestrator/ports";
import { dispatchError } from "@dispatch/wire";
import { filtersOf, type Git } from "./git.ts";

/** What was made, as the file beside it says. */
interface Made {
  /** The repository's, shared by its worktrees. */
  readonly commonDir: string;
  /** The worktree's own part of it. */
  readonly gitDir: string;
  /** Made for the conversation; undefined: it was asked for by name. */
  readonly ownBranch?: string | undefined;
}

export interface WorktreesOptions {
  /** Absolute. */
  readonly folder: string;
  readonly git: Git;
  readonly note: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

export function createWorktrees({ folder, git, note }: WorktreesOptions): Workplaces {
  const placeOf = (id: string) => join(folder, id);
  const factsOf = (id: string) => join(folder, `${id}.json`);
  let last: Promise<unknown> = Promise.resolve();

  /** One after another: git locks, and two turns may ask for the same worktree. */
  function inTurn<T>(job: () => Promise<T>): Promise<T> {
    const done = last.then(job);
    last = done.catch(() => undefined);
    return done;
  }

  async function open({ conversationId, cwd, branch }: WorkplaceWanted): Promise<string> {
    const [common, prefix] = await repositoryOf(cwd);
    const path = placeOf(conversationId);
    const made = await readFacts(factsOf(conversationId));
    if (!made || !(await isFolder(path))) await make(conversationId, cwd, common, branch);
    else if (made.commonDir !== common)
      throw refused(
        `Its worktree ${path} belongs to the repository ${made.commonDir}, not to that of ${cwd}.`,
      );
    const inside = join(path, prefix);
    if (!(await isFolder(inside)))
      throw refused(`The folder ${cwd} is not in the repository's last commit, so its worktree has none.`);
    return inside;
  }

  /** The repository's shared folder, and the way from its top to `cwd`. */
  async function repositoryOf(cwd: string): Promise<readonly [common: string, prefix: string]> {
    const found = await git(cwd, "rev-parse", "--path-format=absolute", "--git-common-dir", "--show-prefix");
    if (found.code === -1) throw refused(`git could not be run: ${found.said}`);
    if (found.code !== 0) throw refused(`The folder ${cwd} is in no git repository: ${found.said}`);
    const [common = "", prefix = ""] = found.out.split("\n");
    return [await realpath(common), prefix];
  }

  async function make(id: string, cwd: string, commonDir: string, named: string | undefined): Promise<void> {
    const path = placeOf(id);
    const branch = named ?? `dispatch/${id}`;
    if ((await git(cwd, "check-ref-format", "--branch", branch)).code !== 0)
      throw refused(`"${branch}" cannot be the name of a branch.`);
    if ((await git(cwd, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")).code !== 0)
      throw refused(`The repository of ${cwd} has no commit yet.`);
    const filters = await filtersOf(git, cwd);
    if (filters.length > 0)
      throw refused(
        `The repository of ${cwd} has git run programs on its files (${filters.join(", ")}); put that into your own configuration, by \`git config --global\`, if you want it run.`,
      );
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await git(cwd, "worktree", "prune"); // one whose folder somebody removed would hold its branch
    const there = await git(cwd, "show-ref", "--verify", "--quiet", `refs/heads/${branch}`);
    const what = there.code === 0 ? ["--", path, branch] : ["-b", branch, "--", path, "HEAD"];
    const added = await git(cwd, "worktree", "add", "--quiet", ...what);
    if (added.code !== 0) throw refused(`git made no worktree: ${added.said}`);
    const { out: gitDir } = await git(path, "rev-parse", "--path-format=absolute", "--git-dir");
    const made: Made = { commonDir, gitDir, ...(named === undefined ? { ownBranch: branch } : {}) };
    await writeFile(factsOf(id), `${JSON.stringify(made)}\n`, { mode: 0o600 });
  }

  /** Undefined when it was removed, or was never there; else why it was not. */
  async function remove(id: string): Promise<string | undefined> {
    const path = placeOf(id);
    const made = await readFacts(factsOf(id));
    if (!made) return (await isFolder(path)) ? "nothing is known of it" : undefined;
    if (await isFolder(path)) {
      const about = ["--git-dir", made.gitDir, "--work-tree", path];
      const filters = await filtersOf(git, path, about);
      if (filters.length > 0) return `its repository has git run programs on files (${filters.join(", ")})`;
      const changes = await git(path, ...about, "status", "--porcelain");
      if (changes.code !== 0) return changes.said;
      if (changes.out !== "") return "it has changes that are in no commit";
      const named = await git(
        path,
        ...about,
        "for-each-ref",
        "--contains",
        "HEAD",
        "--count=1",
        "refs/heads",
      );
      if (named.code !== 0 || named.out === "") return "its commit is on no branch";
      const removed = await git(folder, "--git-dir", made.commonDir, "worktree", "remove", "--", path);
      if (removed.code !== 0) return removed.said;
    } else await git(folder, "--git-dir", made.commonDir, "worktree", "prune");
    // With commits of its own the branch stays: they are the work.
    if (made.ownBranch !== undefined)
      await git(folder, "--git-dir", made.commonDir, "branch", "--quiet", "-d", "--", made.ownBranch);
    await rm(factsOf(id), { force: true });
    return undefined;
  }

  return {
    open: (wanted) => inTurn(() => open(wanted)),
    release: (id) =>
      inTurn(async () => {
        const why = await remove(id).catch(String);
        if (why === undefined) return {};
        note("a worktree is kept", { path: placeOf(id), why });
        return { kept: placeOf(id) };
      }),
  };
}

const refused = (detail: string): Error => dispatchError("invalid-worktree", detail);

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

async function readFacts(path: string): Promise<Made | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Made;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw refused(`What is known of the worktree cannot be read (${path}): ${String(error)}`);
  }
}
