/** Real git on real repositories: what a repository has git run is not run. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Workplaces } from "@dispatch/session-orchestrator/ports";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createGit } from "./git.ts";
import { createWorktrees } from "./worktrees.ts";

let folder: string;
let repository: string;
let places: Workplaces;
let notes: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dispatch-worktrees-"));
  repository = join(folder, "repository");
  mkdirSync(repository);
  for (const args of [
    ["init", "--quiet"],
    ["config", "user.name", "t"],
    ["config", "user.email", "t@t"],
  ])
    git(...args);
  writeFileSync(join(repository, "a.txt"), "one\n");
  git("add", ".");
  git("commit", "--quiet", "-m", "first");
  notes = [];
  const env = { PATH: process.env.PATH, HOME: folder };
  places = createWorktrees({
    folder: join(folder, "worktrees"),
    git: createGit(env, 20_000),
    note: (_message, fields) => void notes.push(String(fields.why)),
  });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function git(...args: string[]): string {
  return execFileSync("git", args, {
    cwd: repository,
    encoding: "utf8",
    env: { ...process.env, HOME: folder },
  });
}
/** A program that a repository names: it leaves a trace. */
const trace = () => join(folder, "trace");
const program = () => `touch ${trace()}; cat`;
const open = () => places.open({ conversationId: "c", cwd: repository, branch: undefined });

it("makes a worktree and removes it when nothing in it is the conversation's", async () => {
  const path = await open();
  expect(readFileSync(join(path, "a.txt"), "utf8")).toBe("one\n");
  expect(await open()).toBe(path);
  expect(await places.release("c")).toEqual({});
  expect(existsSync(path)).toBe(false);
});

it.each(["smudge", "process"])(
  "refuses a repository that has git run a program on its files (%s)",
  async (kind) => {
    git("config", `filter.x.${kind}`, program());
    writeFileSync(join(repository, ".git", "info", "attributes"), "* filter=x\n");
    await expect(open()).rejects.toMatchObject({
      code: "invalid-worktree",
      message: expect.stringContaining(`filter.x.${kind}`),
    });
    expect(existsSync(trace())).toBe(false);
  },
);

it("also when it names it in a file that its configuration includes", async () => {
  writeFileSync(join(repository, ".git", "more"), `[filter "x"]\n\tsmudge = ${program()}\n`);
  git("config", "include.path", "more");
  writeFileSync(join(repository, ".git", "info", "attributes"), "* filter=x\n");
  await expect(open()).rejects.toMatchObject({ code: "invalid-worktree" });
  expect(existsSync(trace())).toBe(false);
});

it("runs what the person's own configuration names", async () => {
  writeFileSync(join(folder, ".gitconfig"), `[filter "x"]\n\tsmudge = ${program()}\n\tclean = cat\n`);
  writeFileSync(join(repository, ".git", "info", "attributes"), "* filter=x\n");
  await open();
  expect(existsSync(trace())).toBe(true);
});

it("keeps a worktree whose repository names a program by now, and does not run it to look", async () => {
  const path = await open();
  git("config", "filter.x.clean", program());
  writeFileSync(join(repository, ".git", "info", "attributes"), "* filter=x\n");
  utimesSync(join(path, "a.txt"), new Date(0), new Date(0));
  expect(await places.release("c")).toEqual({ kept: path });
  expect(notes.join()).toContain("filter.x.clean");
  expect(existsSync(trace())).toBe(false);
});

it("runs no hooks, file monitors or remote helpers of a repository", async () => {
  mkdirSync(join(repository, "hooks"));
  writeFileSync(join(repository, "hooks", "post-checkout"), `#!/bin/sh\n${program()}\n`, { mode: 0o755 });
  git("config", "core.hooksPath", join(repository, "hooks"));
  git("config", "core.fsmonitor", program());
  await open();
  expect(await places.release("c")).toEqual({});
  expect(existsSync(trace())).toBe(false);
});

it("fetches nothing that is missing: a repository may name who is asked for it", async () => {
  const blob = git("rev-parse", "HEAD:a.txt").trim();
  rmSync(join(repository, ".git", "objects", blob.slice(0, 2), blob.slice(2)));
  git("config", "extensions.partialClone", "origin");
  git("config", "core.repositoryFormatVersion", "1");
  git("config", "remote.origin.url", `file://${repository}`);
  git("config", "remote.origin.promisor", "true");
  git("config", "remote.origin.uploadpack", `sh -c '${program()}'`);
  await expect(open()).rejects.toMatchObject({ code: "invalid-worktree" });
  expect(existsSync(trace())).toBe(false);
});

it.each(["-x", "../x", "a..b", "a b", "@{-1}", "refs/heads/", "x.lock", "HEAD", "--help", "\u0000"])(
  "refuses %j as a branch",
  async (branch) => {
    await expect(places.open({ conversationId: "c", cwd: repository, branch })).rejects.toMatchObject({
      code: "invalid-worktree",
    });
    expect(existsSync(join(folder, "worktrees", "c"))).toBe(false);
  },
);
