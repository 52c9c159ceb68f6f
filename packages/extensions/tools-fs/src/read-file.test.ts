import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { link, open, rm, symlink, truncate } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createReadFile } from "./read-file.ts";
import { createTestFolder, type TestFolder, testContext, testSettings } from "./testing/test-folder.ts";

let folder: TestFolder;
beforeAll(async () => {
  folder = await createTestFolder();
  await folder.write({
    "work/hello.txt": "Hello\nWorld\n",
    "work/src/main.ts": "export {};\n",
    "work/empty": "",
    "work/numbers": Array.from({ length: 5_321 }, (_, n) => `${n + 1}\n`).join(""),
    "work/bom": "\uFEFFtext",
    "work/bin": Buffer.from([1, 2, 0, 4]),
    "work/long": `${"x".repeat(400)}\nshort\n`,
    "outside/secret": "SECRET\n",
  });
});
afterAll(() => folder.remove());

const tool = createReadFile(testSettings);
type Input = Parameters<typeof tool.execute>[0];
const read = async (input: Input | string, settings = {}, cwd = folder.cwd) =>
  await createReadFile({ ...testSettings, ...settings }).execute(
    typeof input === "string" ? { path: input } : input,
    testContext(cwd),
  );

describe("text", () => {
  it("gives it as it is", async () => {
    expect(await read("hello.txt")).toEqual({ output: "Hello\nWorld\n" });
    expect(await read(join(folder.cwd, "src/../hello.txt"))).toEqual({ output: "Hello\nWorld\n" });
    expect(await read("empty")).toEqual({ output: "(empty file)" });
    expect(await read("bom")).toEqual({ output: "text" });
  });

  it("says which lines were read and how to go on", async () => {
    const { output, truncated } = await read("numbers");
    expect(output.endsWith("\n499\n(lines 1–499 of 5321; read on with offset 500)")).toBe(true);
    expect(output.split("\n")).toHaveLength(500);
    expect(truncated).toBe(true);
    expect((await read({ path: "numbers", offset: 5_320 })).output).toBe(
      "5320\n5321\n(lines 5320–5321 of 5321)",
    );
    expect((await read({ path: "hello.txt", offset: 2, limit: 1 })).output).toBe("World\n(line 2 of 2)");
    const past = await read({ path: "hello.txt", offset: 3 });
    expect(past).toEqual({ output: '"hello.txt" has 2 lines: offset 3 is past its end.', isError: true });
  });

  it("bounds the bytes of an answer", async () => {
    expect((await read("long", { maxReadBytes: 100 })).output).toBe(
      `${"x".repeat(100)}\n(line 1 of 2; it is longer than 100 bytes and only its beginning is shown; read on with offset 2)`,
    );
    expect((await read("hello.txt", { maxReadBytes: 8 })).output).toBe(
      "Hello\n(line 1 of 2; read on with offset 2)",
    );
  });

  it("reads far into a huge file without loading it", async () => {
    const path = join(folder.cwd, "huge");
    const file = await open(path, "w");
    await file.write(`first\nsecond\n${"more text\n".repeat(2_000)}`);
    await file.close();
    await truncate(path, 10_000_000_000); // sparse: takes no space
    const before = process.memoryUsage().rss;
    expect((await read({ path: "huge", offset: 2, limit: 1 })).output).toBe(
      "second\n(line 2; read on with offset 3)",
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1_048_576);
  });

  it("ends a long read when aborted", async () => {
    const context = testContext(folder.cwd, AbortSignal.timeout(30));
    await expect(tool.execute({ path: "huge", offset: 9_999 }, context)).rejects.toMatchObject({
      name: "TimeoutError",
    });
  });
});

describe("what it refuses", () => {
  it.each([
    ["bin", '"bin" is a binary file of 4 bytes: it cannot be shown as text.'],
    ["helo.txt", '"helo.txt" does not exist. Did you mean "hello.txt"?'],
    ["scr/main.ts", '"scr/main.ts" does not exist: there is no folder "scr". Did you mean "src"?'],
    ["src/mian.ts", '"src/mian.ts" does not exist. Did you mean "src/main.ts"?'],
    ["zzzzzzzzzzzz", '"zzzzzzzzzzzz" does not exist.'],
    ["hello.txt/x", '"hello.txt/x" does not exist: "hello.txt" is a file, not a folder.'],
    ["src", '"src" is a folder, not a file: use list_files to see what is in it.'],
    ["a\0b", "A path cannot hold a NUL character."],
    ["x".repeat(300), /is too long for a path\.$/],
    ["../outside/secret", /^"..\/outside\/secret" leads outside the working directory/],
    ["../outside/nothing", /leads outside the working directory/],
    ["/etc/passwd", /leads outside the working directory/],
    ["/proc/self/environ", /leads outside the working directory/],
  ])("%j", async (path, sentence) => {
    const { output, isError } = await read(path);
    if (typeof sentence === "string") expect(output).toBe(sentence);
    else expect(output).toMatch(sentence);
    expect(isError).toBe(true);
  });

  it("pipes, sockets and devices, without waiting for them", async () => {
    execFileSync("mkfifo", [join(folder.cwd, "pipe")]);
    const server = createServer().listen(join(folder.cwd, "socket"));
    await once(server, "listening");
    await symlink("/dev/zero", join(folder.cwd, "zero"));
    await symlink("/proc/self/environ", join(folder.cwd, "environ"));
    expect((await read("pipe")).output).toContain("is a named pipe, not a regular file");
    expect((await read("socket")).output).toContain("is a socket, not a regular file");
    for (const name of ["zero", "environ"])
      expect((await read(name)).output).toContain("leads to a system folder");
    expect((await read("proc/self/environ", {}, "/")).output).toContain("leads to a system folder");
    expect((await read("self/environ", {}, "/proc")).output).toContain("is a system folder");
    server.close();
  });

  it("links that lead outside; those that stay inside are followed", async () => {
    await symlink("../outside/secret", join(folder.cwd, "out"));
    await symlink("../outside", join(folder.cwd, "outdir"));
    await symlink("hello.txt", join(folder.cwd, "in"));
    await symlink("nowhere", join(folder.cwd, "dangling"));
    await symlink("loop", join(folder.cwd, "loop"));
    for (const path of ["out", "outdir/secret"]) expect((await read(path)).output).toContain("leads outside");
    expect(await read("in")).toEqual({ output: "Hello\nWorld\n" });
    expect((await read("dangling")).output).toBe('"dangling" is a symbolic link that leads nowhere.');
    expect((await read("loop")).output).toContain("lead in a circle");
  });

  it("does not open a file with further hard links, unless that is allowed", async () => {
    await link(join(folder.path, "outside/secret"), join(folder.cwd, "hard"));
    expect(await read("hard")).toMatchObject({
      isError: true,
      output: expect.stringContaining("hard links"),
    });
    expect(await read("hard", { hardLinks: true })).toEqual({ output: "SECRET\n" });
    await rm(join(folder.cwd, "hard"));
  });

  it("reads extra roots, and a working directory that is a link", async () => {
    const roots = [join(folder.path, "outside"), join(folder.path, "not-there")];
    expect(await read("../outside/secret", { roots })).toEqual({ output: "SECRET\n" });
    expect(await read("out", { roots })).toEqual({ output: "SECRET\n" });
    await symlink("work", join(folder.path, "alias"));
    const alias = join(folder.path, "alias");
    expect(await read("hello.txt", {}, alias)).toEqual({ output: "Hello\nWorld\n" });
    expect(await read(join(folder.cwd, "hello.txt"), {}, alias)).toEqual({ output: "Hello\nWorld\n" });
    expect((await read("x", {}, join(folder.path, "gone"))).output).toContain("is not an existing folder");
  });
});
