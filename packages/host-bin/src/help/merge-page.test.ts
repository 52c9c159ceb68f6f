import { PassThrough } from "node:stream";
import type { CommandInfo } from "@dispatch/wire";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommandLine } from "../command-line.ts";
import { bundledExtensions } from "../packages.ts";
import { cliPreset } from "../presets.ts";
import { defaultTimes } from "../servers/times.ts";
import { type TestFolder, testFolder } from "../testing/folder.ts";
import { mergePage } from "./merge-page.ts";
import { readCommands, readTable } from "./read-table.ts";

let folder: TestFolder;
let page: string;
let bundled: Awaited<ReturnType<typeof bundledExtensions>>;
beforeAll(async () => {
  folder = testFolder();
  bundled = await bundledExtensions(cliPreset);
  page = await programHelp([]);
});
afterAll(() => folder.remove());

/** What the program itself makes of a table. */
async function programHelp(items: readonly CommandInfo[]): Promise<string> {
  folder.file("data/commands.json", JSON.stringify({ items }));
  let out = "";
  const terminal = {
    stdin: new PassThrough(),
    stdout: new PassThrough().setEncoding("utf8").on("data", (piece: string) => {
      out += piece;
    }),
    stderr: new PassThrough(),
    env: { DISPATCH_DATA_DIR: "data" },
    cwd: folder.path,
    version: "1.2.3",
    now: Date.now,
    onInterrupt: () => () => undefined,
  };
  await runCommandLine({ args: ["--help"], terminal, program: "none", times: defaultTimes, bundled });
  return new Promise((resolve) => setImmediate(() => resolve(out)));
}

const word = fc.stringMatching(/^[a-z]{1,12}$/);
const command: fc.Arbitrary<CommandInfo> = fc.record({
  name: fc.stringMatching(/^x[a-z0-9-]{0,30}$/),
  summary: fc.array(word, { maxLength: 24 }).map((words) => words.join(" ")),
  extension: fc.constant("ext"),
  arguments: fc.constantFrom("<id>", "<id> [text...]", "[a-long-name] [another...]"),
  options: fc.constantFrom([], [{ flags: "-n, --limit <n>", description: "d" }]),
});

describe("the page with further commands", () => {
  it("is exactly what the parser would lay out", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(command, { selector: ({ name }) => name, maxLength: 5 }),
        async (items) => {
          expect(mergePage(page, readCommands({ items }))).toBe(await programHelp(items));
        },
      ),
      { numRuns: 40 },
    );
  });

  it("is the page itself without any, and when it is no such page", () => {
    expect(mergePage(page, [])).toBe(page);
    const items = [{ name: "x", summary: "s", extension: "e" }];
    expect(mergePage("something else\n", items)).toBe("something else\n");
  });
});

describe("a table", () => {
  it("of any JSON gives commands that can be shown, never an error", () => {
    void fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (json, text) => {
        for (const value of [
          json,
          { items: json },
          { items: [json] },
          { items: [{ name: "a", options: json, arguments: json }] },
        ])
          for (const { name, summary } of readCommands(value))
            expect([name, summary]).toEqual([expect.any(String), expect.any(String)]);
        readTable(text);
      }),
    );
  });

  it("keeps what fits beside what does not", () => {
    const items = [
      {
        name: "fine",
        summary: "s",
        extension: "e",
        arguments: "<a> [b...]",
        options: [{ flags: "-n, --n <n>", description: "d" }],
      },
      { name: "bad-arguments", arguments: "a b" },
      { name: "bad-flags", options: [{ flags: "--a <b...>" }] },
      { name: "fine", summary: "another" },
    ];
    expect(readCommands({ items })).toEqual([items[0]]);
  });
});
