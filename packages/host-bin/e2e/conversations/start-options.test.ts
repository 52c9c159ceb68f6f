/** Where a turn works: further folders, a git worktree of its own, the folder of its workspace. Through HTTP and `dispatch`. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { calls, reply, text } from "@dispatch/provider-openai/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runDispatch } from "../support/cli.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
let extra: string;
let projects: string;
beforeEach(async () => {
  stage = await setStage();
  extra = join(stage.cwd, "..", "extra");
  projects = join(stage.cwd, "..", "projects");
  for (const path of [extra, projects]) mkdirSync(path);
  writeFileSync(join(extra, "note.txt"), "from the further folder");
});
afterEach(() => stage.end());

type Call = { name: string; args: Record<string, unknown> };

/** One turn that makes these calls; gives their results in order. */
async function run(body: Record<string, unknown>, ...made: Call[]) {
  stage.provider.script(reply(calls(...made)));
  stage.provider.script(reply(text("Done.")));
  await stage.api.chat({ message: "x", ...body });
  return results(String(body.conversationId)).then((all) => all.slice(-made.length));
}

const results = async (id: string) =>
  (await stage.api.messages(id))
    .flatMap(({ chunks }) => chunks)
    .filter((chunk) => chunk.type === "tool-result");

const git = (cwd: string, ...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
    cwd,
    encoding: "utf8",
  }).trim();

function repository(): string {
  const path = join(projects, "repo");
  mkdirSync(join(path, "src"), { recursive: true });
  git(path, "init", "--quiet", "--initial-branch=main");
  writeFileSync(join(path, "src", "a.txt"), "committed\n");
  git(path, "add", ".");
  git(path, "commit", "--quiet", "-m", "first");
  return path;
}

const read = (path: string): Call => ({ name: "read_file", args: { path } });

describe("further folders", () => {
  it("may be read, written and named in commands; what lies beside them may not", async () => {
    const outside = join(stage.cwd, "..", "secret.txt");
    writeFileSync(outside, "SECRET");
    symlinkSync(outside, join(extra, "link.txt"));
    const found = await run(
      { conversationId: "c", cwd: stage.cwd, dirs: [extra] },
      read(join(extra, "note.txt")),
      { name: "write_file", args: { path: join(extra, "new.txt"), content: "written" } },
      { name: "run_command", args: { argv: ["cat", join(extra, "note.txt")] } },
      { name: "run_command", args: { argv: ["pwd"], cwd: extra } },
      read(outside),
      read(join(extra, "link.txt")),
      { name: "run_command", args: { argv: ["cat", outside] } },
    );
    expect(found.slice(0, 4).map(({ isError }) => isError)).toEqual([false, false, false, false]);
    expect(found[0]?.output).toContain("from the further folder");
    expect(found[2]?.output).toContain("from the further folder");
    expect(readFileSync(join(extra, "new.txt"), "utf8")).toBe("written");
    expect(found.slice(4).map(({ isError }) => isError)).toEqual([true, true, true]);
    expect(JSON.stringify(found)).not.toContain("SECRET");
  });

  it("are stored with the conversation, set and cleared by dispatch set; without them nothing is reachable", async () => {
    await run({ conversationId: "c", cwd: stage.cwd }, read(join(extra, "note.txt")));
    expect((await results("c")).at(-1)?.isError).toBe(true);
    const options = { home: stage.dataDir, dataDir: stage.dataDir, cwd: stage.cwd };
    expect((await runDispatch(["set", "c", "dirs=../extra"], options)).out).toContain(extra);
    expect((await run({ conversationId: "c" }, read(join(extra, "note.txt"))))[0]?.isError).toBe(false);
    expect((await runDispatch(["set", "c", "dirs=null"], options)).code).toBe(0);
    expect((await run({ conversationId: "c" }, read(join(extra, "note.txt"))))[0]?.isError).toBe(true);
  });

  it("that are missing or relative are refused at once", async () => {
    for (const dirs of [["relative"], [join(extra, "nothing")], [join(extra, "note.txt")]]) {
      expect(await stage.api.json("POST", "/chat", { message: "x", cwd: stage.cwd, dirs })).toMatchObject({
        status: 400,
        code: "invalid-cwd",
      });
    }
    expect((await stage.api.json("GET", "/conversations")) as unknown).toMatchObject({ items: [] });
  });
});

describe("a worktree", () => {
  const write = (path: string, content: string): Call => ({ name: "write_file", args: { path, content } });

  it("is made at the first turn, keeps the user's own folder as it is, and is removed with the conversation", async () => {
    const repo = repository();
    const found = await run(
      { conversationId: "c", cwd: join(repo, "src"), worktree: true },
      read("a.txt"),
      write("a.txt", "changed\n"),
      { name: "run_command", args: { argv: ["git", "branch", "--show-current"] } },
    );
    expect(found.map(({ isError }) => isError)).toEqual([false, false, false]);
    expect(found[2]?.output).toContain("dispatch/c");
    const path = join(stage.dataDir, "worktrees", "c");
    expect(readFileSync(join(path, "src", "a.txt"), "utf8")).toBe("changed\n");
    expect(readFileSync(join(repo, "src", "a.txt"), "utf8")).toBe("committed\n");
    expect(git(repo, "status", "--porcelain")).toBe("");
    // The same one after a restart.
    await stage.server.stop();
    await stage.restart();
    expect((await run({ conversationId: "c" }, read("a.txt")))[0]?.output).toContain("changed");
    // With changes it is kept, and that is said.
    await expect(stage.api.json("DELETE", "/conversations/c?archive=false")).resolves.toEqual({
      deleted: true,
      kept: path,
    });
    expect(existsSync(path)).toBe(true);
    // A conversation of that id finds it again; with the change undone it goes, and so does its branch.
    git(path, "checkout", "--quiet", "--", ".");
    await run({ conversationId: "c", cwd: join(repo, "src"), worktree: true }, read("a.txt"));
    await expect(stage.api.json("DELETE", "/conversations/c?archive=false")).resolves.toEqual({
      deleted: true,
    });
    expect(existsSync(path)).toBe(false);
    expect(git(repo, "worktree", "list").split("\n")).toHaveLength(1);
    expect(git(repo, "branch", "--list")).toBe("* main");
  });

  it("with commits leaves its branch behind; on a named branch it works there; dispatch chat asks for one", async () => {
    const repo = repository();
    stage.provider.script(reply(calls(write("b.txt", "new\n"))));
    stage.provider.script(reply(text("Done.")));
    const options = { home: stage.dataDir, dataDir: stage.dataDir, cwd: repo };
    const chat = await runDispatch(
      ["chat", "-c", "work", "--branch", "topic/one", "--dir", extra, "go"],
      options,
    );
    expect(chat).toMatchObject({ code: 0 });
    const path = join(stage.dataDir, "worktrees", "work");
    expect(git(path, "branch", "--show-current")).toBe("topic/one");
    git(path, "add", ".");
    git(path, "commit", "--quiet", "-m", "work");
    const { settings } = (await stage.api.json("GET", "/conversations/work")) as { settings: unknown };
    expect(settings).toMatchObject({
      worktree: { value: "topic/one" },
      dirs: { value: [extra] },
      cwd: { value: repo },
    });
    await expect(stage.api.json("DELETE", "/conversations/work?archive=false")).resolves.toEqual({
      deleted: true,
    });
    expect(git(repo, "log", "-1", "--format=%s", "topic/one")).toBe("work");
  });

  it("that cannot be is an answer, not a failed turn; git runs nothing of the repository", async () => {
    const repo = repository();
    const planted = join(projects, "hook-ran");
    writeFileSync(join(repo, ".git", "hooks", "post-checkout"), `#!/bin/sh\ntouch ${planted}\n`, {
      mode: 0o755,
    });
    const refused = async (body: Record<string, unknown>) => {
      const { status, code } = (await stage.api.json("POST", "/chat", { message: "x", ...body })) as Record<
        string,
        unknown
      >;
      return [status, code];
    };
    const wrong = [400, "invalid-worktree"];
    expect(await refused({ cwd: stage.cwd, worktree: true })).toEqual(wrong);
    expect(await refused({ cwd: repo, worktree: "main" })).toEqual(wrong); // it is checked out
    expect(await refused({ cwd: repo, worktree: "a..b" })).toEqual(wrong);
    expect(await refused({ cwd: repo, worktree: "--force" })).toEqual([400, "invalid-request"]);
    await run({ conversationId: "e", cwd: repo, worktree: true }, read("src/a.txt"));
    expect(await refused({ conversationId: "e", cwd: repository2() })).toEqual(wrong); // another repository's
    expect(existsSync(planted)).toBe(false);
  });

  function repository2(): string {
    const path = join(projects, "other");
    mkdirSync(path);
    git(path, "init", "--quiet");
    git(path, "commit", "--quiet", "--allow-empty", "-m", "first");
    return path;
  }
});

it("a workspace has a folder of its own, unless the conversation or the turn names one", async () => {
  await stage.end();
  const config = { extensions: { "session-orchestrator": { settings: { workspaces: { shop: "/tmp" } } } } };
  stage = await setStage({ config });
  const pwd: Call = { name: "run_command", args: { argv: ["pwd"] } };
  expect((await run({ conversationId: "a", workspace: "shop" }, pwd))[0]?.output).toContain("/tmp\n");
  expect((await stage.api.json("GET", "/conversations/a")) as unknown).toMatchObject({
    settings: { cwd: { value: "/tmp", source: "config" } },
  });
  expect((await run({ conversationId: "b", workspace: "shop", cwd: stage.cwd }, pwd))[0]?.output).toContain(
    stage.cwd,
  );
  expect((await run({ conversationId: "c", workspace: "constructor" }, pwd))[0]?.output).toContain(
    stage.dataDir,
  );
});
