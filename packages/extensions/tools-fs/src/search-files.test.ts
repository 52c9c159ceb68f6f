import { symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDeadlines } from "./deadlines.ts";
import { createSearchFiles } from "./search-files.ts";
import { windowText } from "./search-report.ts";
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
    "work/.gitignore": "ignored/\n",
    "work/a.ts": "const one = 1;\r\nconst two = 2;\r\n",
    "work/b/c.md": "Two words\nno match",
    "work/b/bin": Buffer.from("two\0two"),
    "work/ignored/x.ts": "two",
    "work/node_modules/m.ts": "two",
    "work/wide.js": `${"x".repeat(1_000)}needle${"y".repeat(1_000)}\n`,
    "work/evil/text": `${"a".repeat(60)}b\n`,
    "outside/secret": "two SECRET\n",
  });
  await symlink("../outside", join(folder.cwd, "linked"));
  await symlink("../outside/secret", join(folder.cwd, "link"));
  await writeFile(join(folder.cwd, "big"), "two");
  await truncate(join(folder.cwd, "big"), 3_000_000);
});
afterAll(() => folder.remove());

const deadlines = createDeadlines(afterReally);
type Input = { pattern: string; path?: string; glob?: string };
const search = async (input: Input, settings = {}, signal?: AbortSignal) =>
  await createSearchFiles({ ...testSettings, ...settings }, deadlines).execute(
    input,
    testContext(folder.cwd, signal),
  );

const skipped = "(skipped: 1 binary, 1 too large)";

describe("search_files", () => {
  it("gives path, line and text, and counts what it skipped", async () => {
    expect(await search({ pattern: "(?i)\\btwo\\b" })).toEqual({
      output: `a.ts:2: const two = 2;\nb/c.md:1: Two words\n${skipped}`,
    });
  });

  it("searches one file, or files that match a glob", async () => {
    expect((await search({ pattern: "one", path: "a.ts" })).output).toBe("a.ts:1: const one = 1;");
    expect((await search({ pattern: "^T|two", glob: "*.md" })).output).toBe("b/c.md:1: Two words");
    expect((await search({ pattern: "two", path: "b", glob: "b/*" })).output).toBe("(no match in 0 files)");
    expect((await search({ pattern: "2;$", path: "a.ts" })).output).toBe("a.ts:2: const two = 2;");
    expect((await search({ pattern: "two", path: "ignored" })).output).toBe("ignored/x.ts:1: two");
  });

  it("cuts long lines around the match", async () => {
    const { output } = await search({ pattern: "needle", path: "wide.js" });
    expect(output).toBe(`wide.js:1: …${"x".repeat(60)}needle${"y".repeat(234)}…`);
    expect(windowText({ line: 1, text: "\uDE00ab\uD83D", before: true, after: true })).toBe("…ab…");
  });

  it("is bounded in matches and bytes", async () => {
    const many = { pattern: "wo|one|no m" };
    const one = await search(many, { searchLimit: 1 });
    expect(one.output).toMatch(/^a\.ts:1: const one = 1;\n\(the first 1 matches are shown, there are more: /);
    expect(one.truncated).toBe(true);
    const all = await search(many, { searchLimit: 4 });
    expect(all.output).toBe(
      `a.ts:1: const one = 1;\na.ts:2: const two = 2;\nb/c.md:1: Two words\nb/c.md:2: no match\n${skipped}`,
    );
    expect((await search(many, { maxReadBytes: 30 })).output).toMatch(
      /^a\.ts:1: const one = 1;\n\(the first 1 matches \(30/,
    );
  });

  it.each([
    ["a(b", "Unterminated group", "escape it: a\\(b"],
    ["[z-a]", "Range out of order", "escape it: \\[z-a\\]"],
  ])("explains what is wrong with %s", async (pattern, what, hint) => {
    const { output, isError } = await search({ pattern });
    expect(output).toContain(what);
    expect(output).toContain(hint);
    expect(isError).toBe(true);
  });

  it.each([
    ["link", /leads outside/],
    ["linked", /leads outside/],
    ["/etc", /leads outside/],
    ["b/d.md", /Did you mean "b\/c\.md"/],
  ])("refuses %s", async (path, sentence) => {
    const { output, isError } = await search({ pattern: "two", path });
    expect(output).toMatch(sentence);
    expect(isError).toBe(true);
  });
});

describe("a pattern that takes for ever", () => {
  const forever = "^(a+)+$";

  it("is stopped in time while the server goes on", async () => {
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 5);
    const began = Date.now();
    const { output, isError } = await search({ pattern: `const|${forever}` }, { searchTimeMs: 200 });
    clearInterval(timer);
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(output).toContain("stopped after 200 ms");
    expect(isError).toBe(true);
    expect(ticks).toBeGreaterThan(15);
  });

  it("is ended by an abort, and by the end of the extension", async () => {
    await expect(search({ pattern: forever }, {}, AbortSignal.timeout(100))).rejects.toMatchObject({
      name: "TimeoutError",
    });
    const running = search({ pattern: forever });
    setTimeout(() => deadlines.stopAll(), 100);
    await expect(running).rejects.toThrow("tools-fs was stopped");
  });
});
