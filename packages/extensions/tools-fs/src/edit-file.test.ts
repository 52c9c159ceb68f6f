import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEditFile } from "./edit-file.ts";
import { createTestFolder, type TestFolder, testContext, testSettings } from "./testing/test-folder.ts";
import { testWriter } from "./testing/test-writer.ts";
import { versionOf } from "./version.ts";

let folder: TestFolder;
beforeAll(async () => {
  folder = await createTestFolder();
});
afterAll(() => folder.remove());

const writer = testWriter();
const tool = createEditFile(testSettings, writer);
type Input = Parameters<typeof tool.execute>[0];
const edit = async (input: Input) => await tool.execute(input, testContext(folder.cwd));

async function put(name: string, content: string | Uint8Array): Promise<() => Promise<string>> {
  await folder.write({ [`work/${name}`]: content });
  return () => readFile(join(folder.cwd, name), "utf8");
}

describe("edit_file", () => {
  it("replaces the one occurrence and shows what changed", async () => {
    const now = await put("src/a.ts", "one\ntwo\nthree\n");
    await chmod(join(folder.cwd, "src/a.ts"), 0o640);
    expect(await edit({ path: "src/a.ts", oldText: "two", newText: "2\n2½" })).toEqual({
      output:
        `Edited "src/a.ts": 1 replacement. Version ${versionOf(Buffer.from("one\n2\n2½\nthree\n"))}.\n` +
        "@@ -1,3 +1,4 @@\n one\n-two\n+2\n+2½\n three",
    });
    expect(await now()).toBe("one\n2\n2½\nthree\n");
    expect((await stat(join(folder.cwd, "src/a.ts"))).mode & 0o777).toBe(0o640);
  });

  it("keeps CRLF and the byte order mark, and finds text written with LF", async () => {
    const now = await put("dos.txt", "\uFEFFone\r\ntwo\r\n");
    const { output } = await edit({ path: "dos.txt", oldText: "one\ntwo", newText: "1\n2\n3" });
    expect(await now()).toBe("\uFEFF1\r\n2\r\n3\r\n");
    expect(output).not.toContain("\r");
    expect((await edit({ path: "dos.txt", oldText: "\uFEFF1", newText: "x" })).isError).toBe(true);
  });

  it("refuses what is ambiguous, naming lines, unless all are meant", async () => {
    const now = await put("many", "x = 1\ny\nx = 1\n");
    expect(await edit({ path: "many", oldText: "x = 1", newText: "x = 2" })).toEqual({
      output:
        'oldText occurs more than once in "many" (lines 1, 3). Nothing was changed: give more of the text around the ' +
        "one you mean, or set replaceAll.",
      isError: true,
    });
    const { output } = await edit({ path: "many", oldText: "x = 1", newText: "x = 2", replaceAll: true });
    expect(output).toContain('Edited "many": 2 replacements.');
    expect(await now()).toBe("x = 2\ny\nx = 2\n");
  });

  it.each([
    [
      "    return total;",
      "function f() {\n  return total;\n}\n",
      /Line 2 has the text of its first line.*: " {2}return total;"\.$/,
    ],
    ["const totl = 1;", "let a;\nconst total = 1;\n", /Line 2 is similar: "const total = 1;"\.$/],
    ["nothing like it", "let a;\n", /Nothing was changed\.$/],
  ])("suggests the nearest line for %j", async (oldText, content, sentence) => {
    await put("near", content);
    const { output, isError } = await edit({ path: "near", oldText, newText: "x" });
    expect(output).toMatch(sentence);
    expect(isError).toBe(true);
  });

  it.each([
    ["missing.txt", undefined, "does not exist"],
    ["bin", Buffer.from([1, 0, 2]), "is a binary file of 3 bytes"],
    ["latin", Buffer.from("caf\xe9 and a long text around it, x x", "latin1"), "is not UTF-8 throughout"],
    ["large", "x".repeat(1_048_577), "is larger than 1048576 bytes"],
    ["../outside", undefined, "leads outside"],
    [".git/config", "x", "belongs to git"],
  ])("refuses %j", async (path, content, sentence) => {
    if (content !== undefined) await put(path, content);
    const { output, isError } = await edit({ path, oldText: "x", newText: "y" });
    expect({ output, isError }).toEqual({ output: expect.stringContaining(sentence), isError: true });
    if (content !== undefined) {
      expect(await readFile(join(folder.cwd, path))).toEqual(Buffer.from(content));
    }
  });

  it("refuses to do nothing, or too much", async () => {
    const now = await put("grow", "a".repeat(1_000));
    expect((await edit({ path: "grow", oldText: "a\r\n", newText: "a\n" })).output).toContain("are the same");
    const newText = "b".repeat(2_000);
    const grown = await edit({ path: "grow", oldText: "a", newText, replaceAll: true });
    expect(grown.output).toContain("too large a file");
    expect(await now()).toBe("a".repeat(1_000));
  });

  it("bounds the diff", async () => {
    const content = Array.from({ length: 5_000 }, (_, n) => `line ${n} ${"y".repeat(400)}\n`).join("");
    await put("long", content.slice(0, 1_000_000));
    const { output } = await edit({ path: "long", oldText: "line", newText: "LINE", replaceAll: true });
    expect(output.split("\n").length).toBeLessThan(130);
    expect(output).toMatch(/more lines of the diff …$|\(too much changed to be shown as a diff\)$/);
  });

  it("serialises edits of one file, whoever makes them", async () => {
    const now = await put("shared", "END\n");
    const numbers = Array.from({ length: 30 }, (_, n) => n + 1);
    const results = await Promise.all(
      numbers.map((n) => edit({ path: "shared", oldText: "END", newText: `${n}\nEND` })),
    );
    expect(results.filter(({ isError }) => isError)).toEqual([]);
    const lines = (await now()).trimEnd().split("\n");
    expect(lines.pop()).toBe("END");
    expect(lines.map(Number).sort((a, b) => a - b)).toEqual(numbers);
  });

  it("does not undo what another program wrote in between", async () => {
    const now = await put("raced", "old\n");
    const racing = createEditFile(testSettings, {
      write: (sought, bounds, signal, decide) =>
        writer.write(sought, bounds, signal, async (present, shown) => {
          const decided = await decide(present, shown);
          await writeFile(join(folder.cwd, "raced"), "theirs\n");
          return decided;
        }),
    });
    const { output, isError } = await racing.execute(
      { path: "raced", oldText: "old", newText: "new" },
      testContext(folder.cwd),
    );
    expect(output).toBe('"raced" was changed by somebody else just now; nothing was written.');
    expect(isError).toBe(true);
    expect(await now()).toBe("theirs\n");
  });
});
