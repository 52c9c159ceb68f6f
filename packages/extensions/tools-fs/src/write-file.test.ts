import { execFileSync } from "node:child_process";
import { chmod, link, lstat, open, readdir, readFile, readlink, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Locate, locateByHandle, locateByIdentity } from "./locate.ts";
import { createTestFolder, type TestFolder, testContext, testSettings } from "./testing/test-folder.ts";
import { testWriter } from "./testing/test-writer.ts";
import { versionOf } from "./version.ts";
import { createWriteFile } from "./write-file.ts";

let folder: TestFolder;
beforeAll(async () => {
  folder = await createTestFolder();
  await folder.write({ "work/plain.txt": "plain\n", "outside/secret": "SECRET\n" });
  await symlink("../outside/secret", join(folder.cwd, "out"));
  await symlink("../outside", join(folder.cwd, "outdir"));
  await symlink("../outside/new", join(folder.cwd, "outnew"));
});
afterAll(() => folder.remove());

const ways: readonly (readonly [string, Locate])[] = [
  ["by handle", locateByHandle],
  ["by identity", locateByIdentity],
];
const at = (path: string) => join(folder.cwd, path);
const text = (path: string) => readFile(at(path), "utf8");

describe.each(ways)("write_file %s", (name, locate) => {
  const tool = createWriteFile(testSettings, testWriter(locate));
  type Input = Parameters<typeof tool.execute>[0];
  const write = async (input: Input, signal?: AbortSignal) =>
    await tool.execute(input, testContext(folder.cwd, signal));
  const here = name.replace(" ", "-");

  it("makes a file and its folders, and tells size and version", async () => {
    const path = `${here}/deep/er/file.txt`;
    expect(await write({ path, content: "one\ntwo" })).toEqual({
      output: `Created "${path}": 2 lines, 7 bytes. Version ${versionOf(Buffer.from("one\ntwo"))}.`,
    });
    expect(await text(path)).toBe("one\ntwo");
    expect((await stat(at(path))).mode & 0o777).toBe(0o666 & ~process.umask());
    expect(await readdir(at(`${here}/deep/er`))).toEqual(["file.txt"]);
    expect((await write({ path, content: "" })).output).toContain(`Replaced "${path}": 0 lines, 0 bytes.`);
  });

  it("keeps the mode of what it replaces, without setuid", async () => {
    await folder.write({ [`work/${here}/script`]: "old" });
    for (const [mode, kept] of [
      [0o751, 0o751],
      [0o600, 0o600],
      [0o4755, 0o755],
    ] as const) {
      await chmod(at(`${here}/script`), mode);
      await write({ path: `${here}/script`, content: "new" });
      expect((await stat(at(`${here}/script`))).mode & 0o7777).toBe(kept);
    }
  });

  it("writes through a link that stays inside, which stays a link", async () => {
    await folder.write({ [`work/${here}/real`]: "old" });
    await symlink("real", at(`${here}/alias`));
    expect((await write({ path: `${here}/alias`, content: "new" })).output).toContain(
      `Replaced "${here}/real"`,
    );
    expect(await readlink(at(`${here}/alias`))).toBe("real");
    expect(await text(`${here}/real`)).toBe("new");
  });

  it("breaks hard links, and says so", async () => {
    await folder.write({ [`work/${here}/one`]: "old" });
    await link(at(`${here}/one`), at(`${here}/two`));
    expect((await write({ path: `${here}/one`, content: "new" })).output).toContain(
      "Its other hard links keep the old content.",
    );
    expect(await text(`${here}/two`)).toBe("old");
  });

  it("writes only over the expected version", async () => {
    const path = `${here}/versioned`;
    const fresh = versionOf(Buffer.from("x"));
    const absent = await write({ path, content: "x", expectedVersion: fresh });
    expect(absent).toEqual({
      output: `"${path}" does not exist, but version ${fresh} was expected; nothing was written.`,
      isError: true,
    });
    await write({ path, content: "x" });
    expect((await write({ path, content: "y", expectedVersion: fresh })).isError).toBeUndefined();
    const stale = await write({ path, content: "z", expectedVersion: fresh });
    expect(stale.output).toContain(`has version ${versionOf(Buffer.from("y"))} now, not ${fresh}`);
    expect(stale.isError).toBe(true);
    expect(await text(path)).toBe("y");
  });

  it.each([
    ["../outside/new", "leads outside the working directory"],
    ["out", "leads outside"],
    ["outdir/new", "leads outside"],
    ["outdir/deep/new", "leads outside"],
    ["outnew", "is a symbolic link that leads nowhere"],
    ["outnew/new", "is a file, not a folder"],
    ["/etc/new", "leads outside"],
    [".", "is a folder, not a file"],
    ["new/", "names a folder"],
    ["plain.txt/new", '"plain.txt" is a file, not a folder'],
    ["a\0b", "NUL"],
    ["x".repeat(300), "is too long for a path"],
    [".git/hooks/pre-commit", "belongs to git"],
    ["sub/.GIT/config", "belongs to git"],
  ])("refuses %j", async (path, sentence) => {
    const { output, isError } = await write({ path, content: "new" });
    expect({ output, isError }).toEqual({ output: expect.stringContaining(sentence), isError: true });
    expect(await readdir(join(folder.path, "outside"))).toEqual(["secret"]);
    expect(await readFile(join(folder.path, "outside/secret"), "utf8")).toBe("SECRET\n");
  });

  it("refuses pipes, devices and system folders, without waiting for them", async () => {
    await folder.write({ [`work/${here}/x`]: "" });
    execFileSync("mkfifo", [at(`${here}/pipe`)]);
    await symlink("/dev/null", at(`${here}/null`));
    expect((await write({ path: `${here}/pipe`, content: "" })).output).toContain("is a named pipe");
    expect((await write({ path: `${here}/null`, content: "" })).output).toContain("leads to a system folder");
    expect((await lstat(at(`${here}/pipe`))).isFIFO()).toBe(true);
  });

  it("leaves nothing behind when it is aborted", async () => {
    const controller = new AbortController();
    const slow = createWriteFile(testSettings, {
      write: (sought, bounds, signal, decide) =>
        testWriter(locate).write(sought, bounds, signal, async (present, shown) => {
          const decided = await decide(present, shown);
          controller.abort(new Error("stopped"));
          return decided;
        }),
    });
    await folder.write({ [`work/${here}-aborted/file`]: "old" });
    const input = { path: `${here}-aborted/file`, content: "new" };
    await expect(slow.execute(input, testContext(folder.cwd, controller.signal))).rejects.toThrow("stopped");
    expect(await text(`${here}-aborted/file`)).toBe("old");
    expect(await readdir(at(`${here}-aborted`))).toEqual(["file"]);
  });
});

describe("write_file", () => {
  const tool = createWriteFile(testSettings, testWriter());

  it("refuses too large a content, and half a surrogate pair", async () => {
    const { output } = await tool.execute(
      { path: "big", content: "x".repeat(1_048_577) },
      testContext(folder.cwd),
    );
    expect(output).toBe("The content is 1048577 bytes; at most 1048576 are written.");
    const ok = (content: string) => tool.parameters.safeParse({ path: "x", content }).success;
    expect([ok("😀"), ok("\ud83d"), ok("")]).toEqual([true, false, true]);
    expect(tool.parameters.safeParse({ path: "x", content: "", expectedVersion: "1" }).success).toBe(false);
  });

  it("shows a reader the old text or the new one, never a part", async () => {
    const texts = ["a".repeat(300_000), "b".repeat(200_000)];
    await folder.write({ "work/whole": texts[0] ?? "" });
    let writing = true;
    const writes = (async () => {
      for (let n = 1; n <= 40; n++) {
        await tool.execute({ path: "whole", content: texts[n % 2] ?? "" }, testContext(folder.cwd));
      }
      writing = false;
    })();
    let reads = 0;
    for (; writing; reads++) {
      const file = await open(at("whole"));
      const content = await file.readFile("utf8");
      await file.close();
      expect(texts.includes(content)).toBe(true);
    }
    await writes;
    expect(reads).toBeGreaterThan(10);
  });

  it.skipIf(process.getuid?.() === 0)("does not replace a file that is protected from writing", async () => {
    await folder.write({ "work/protected": "old" });
    await chmod(at("protected"), 0o444);
    const { output } = await tool.execute({ path: "protected", content: "new" }, testContext(folder.cwd));
    expect(output).toContain("permission denied");
    expect(await text("protected")).toBe("old");
  });
});
