import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDeadlines } from "./deadlines.ts";
import { createListFiles } from "./list-files.ts";
import { sortEntries } from "./read-folder.ts";
import {
  afterReally,
  createTestFolder,
  type TestFolder,
  testContext,
  testSettings,
} from "./testing/test-folder.ts";

let folder: TestFolder;
beforeAll(async () => {
  folder = await createTestFolder();
  await folder.write({
    "work/.git/HEAD": "",
    "work/.gitignore": "*.log\n/dist/\n!keep.log\n",
    "work/.hidden": "",
    "work/a-b": "",
    "work/a/x.ts": "",
    "work/a/deep/y.ts": "",
    "work/a/deep/.gitignore": "y.ts\n!z.log\n",
    "work/a/deep/z.log": "",
    "work/a/z.log": "",
    "work/app/(group)/page.tsx": "",
    "work/dist/out.ts": "",
    "work/dist/keep.log": "",
    "work/keep.log": "",
    "work/node_modules/zod/index.ts": "",
    "work/é.ts": "",
    "outside/secret.ts": "",
  });
  await mkdir(join(folder.cwd, "none"));
  await symlink("../outside", join(folder.cwd, "linked"));
});
afterAll(() => folder.remove());

const list = async (input: { path?: string; glob?: string }, settings = {}) =>
  await createListFiles({ ...testSettings, ...settings }, createDeadlines(afterReally)).execute(
    input,
    testContext(folder.cwd),
  );
const lines = async (input: { path?: string; glob?: string }) => (await list(input)).output.split("\n");

describe("one folder", () => {
  it("lists it in byte order, folders with a slash, without .git", async () => {
    expect(await lines({})).toEqual([
      ...[
        ".gitignore",
        ".hidden",
        "a-b",
        "a/",
        "app/",
        "dist/",
        "keep.log",
        "linked",
        "node_modules/",
        "none/",
        "é.ts",
      ],
    ]);
    expect(await lines({ path: "a" })).toEqual(["a/deep/", "a/x.ts", "a/z.log"]);
    expect(await list({ path: "none" })).toEqual({ output: "(empty folder)" });
  });

  it("says when there is more", async () => {
    expect(await list({}, { listLimit: 2 })).toEqual({
      output: ".gitignore\n.hidden\n(2 of 11 entries are listed: give a glob)",
      truncated: true,
    });
  });

  it.each([
    ["keep.log", '"keep.log" is not a folder: use read_file to read it.'],
    ["linked", /leads outside/],
    ["nonne", 'Did you mean "none"?'],
  ])("refuses %s", async (path, sentence) => {
    const { output, isError } = await list({ path });
    expect(output).toMatch(sentence);
    expect(isError).toBe(true);
  });
});

describe("with a glob", () => {
  it.each([
    ["**/*.ts", ["a/x.ts", "é.ts"]],
    ["*.ts", ["a/x.ts", "é.ts"]],
    ["a/*", ["a/deep/", "a/x.ts"]],
    ["*.log", ["a/deep/z.log", "keep.log"]],
    ["app/**/*.tsx", ["app/(group)/page.tsx"]],
    ["./a/{x,y}.ts", ["a/x.ts"]],
    ["*.py", ["(nothing matches)"]],
  ])("%s", async (glob, expected) => expect(await lines({ glob })).toEqual(expected));

  it("takes everything in byte order, and follows no link", async () => {
    const all = await lines({ glob: "**" });
    expect(all).toEqual([...all].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    expect(all).toContain("linked");
    expect(all.join("\n")).not.toMatch(/secret|node_modules|\.git\/|dist/);
  });

  it("is relative to the folder, and looks into an ignored one that is named", async () => {
    expect(await lines({ path: "a", glob: "*.ts" })).toEqual(["a/x.ts"]);
    expect(await lines({ path: "a/deep", glob: "*" })).toEqual(["a/deep/.gitignore", "a/deep/z.log"]);
    expect(await lines({ path: "dist", glob: "**" })).toEqual(["dist/keep.log", "dist/out.ts"]);
    expect(await lines({ path: "node_modules", glob: "*.ts" })).toEqual(["node_modules/zod/index.ts"]);
  });

  it("is bounded", async () => {
    const { output, truncated } = await list({ glob: "**" }, { listLimit: 3 });
    expect(output).toBe(".gitignore\n.hidden\na-b\n(the first 3 matches are listed: narrow path or glob)");
    expect(truncated).toBe(true);
  });

  it.each(["/etc/*", "../*", "a/../../*"])("refuses %s", async (glob) => {
    expect(await list({ glob })).toMatchObject({
      isError: true,
      output: expect.stringContaining("is relative to the folder"),
    });
  });

  it("does not let a glob block the server", async () => {
    await folder.write({ [`work/evil/${"a".repeat(200)}`]: "" });
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 5);
    const { output } = await list({ path: "evil", glob: `${"*a".repeat(12)}*[bc]d` }, { searchTimeMs: 150 });
    clearInterval(timer);
    expect(output).toBe("(stopped after 150 ms: narrow path or glob)");
    expect(ticks).toBeGreaterThan(10);
  });

  it("is not slowed down by ignore rules made to be slow", async () => {
    await folder.write({ "work/evil/.gitignore": `${"*a".repeat(12)}*[bc]d\n${"**/a*".repeat(10)}/b\n` });
    expect((await list({ path: "evil", glob: "a*" }, { searchTimeMs: 2_000 })).truncated).toBeUndefined();
  });
});

it("a folder comes where its content belongs", () => {
  const name = fc.string({ minLength: 1, maxLength: 4 }).filter((text) => !text.includes("/"));
  const entry = fc.record({ name, kind: fc.constantFrom("file" as const, "folder" as const) });
  fc.assert(
    fc.property(fc.uniqueArray(entry, { selector: (found) => found.name }), (entries) => {
      // Each folder is followed by what is in it: all the paths then are in byte order.
      const walked = sortEntries(entries).flatMap((found) =>
        found.kind === "folder"
          ? [`${found.name}/`, `${found.name}/!`, `${found.name}/\uFFFF`]
          : [found.name],
      );
      expect(walked).toEqual([...walked].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    }),
  );
});
