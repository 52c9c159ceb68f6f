import { describe, expect, it } from "vitest";
import { culpritOnStack, framesOf } from "./places.ts";
import { createStrays } from "./strays.ts";

const errorAt = (...files: readonly string[]) => {
  const error = new Error("boom");
  error.stack = [
    "Error: boom",
    ...files.map((file) => `    at ${file}`),
    "    at node:internal/timers:573:17",
  ].join("\n");
  return error;
};
const own = "/app/packages/";
const hello = { id: "hello", files: ["/ext/hello.ts", "/data/cache/1.mjs"], folder: "/ext/" };
const other = { id: "other", files: ["/ext/other.ts"], folder: "/ext/" };
const alone = { id: "alone", files: ["/alone/alone.mjs"], folder: "/alone/" };
const places = [hello, other, alone];

describe("frames of a stack", () => {
  it("are files with positions, as Node writes them with and without source maps", () => {
    const error = errorAt(
      "Timeout._onTimeout (/ext/hello.ts:12:5)",
      "async file:///alone/my%20lib.mjs?load=1:3:4",
      "Object.<anonymous> (file:///app/packages/kernel/dist/index.js:1:2)",
      "new Promise (<anonymous>)",
      "async Promise.all (index 0)",
    );
    expect(framesOf(error)).toEqual([
      { file: "/ext/hello.ts", position: "/ext/hello.ts:12:5" },
      { file: "/alone/my lib.mjs", position: "/alone/my lib.mjs:3:4" },
      { file: "/app/packages/kernel/dist/index.js", position: "/app/packages/kernel/dist/index.js:1:2" },
    ]);
    expect(framesOf("a text")).toEqual([]);
    expect(framesOf(Object.assign(new Error("x"), { stack: undefined }))).toEqual([]);
  });

  it("of this very test are read from a real stack", () => {
    expect(framesOf(new Error("x"))[0]?.file).toMatch(/strays\.test\.ts$/);
  });
});

describe("the culprit on a stack", () => {
  const culprit = (...files: readonly string[]) =>
    culpritOnStack(framesOf(errorAt(...files)), places, own)?.id;

  it.each([
    ["its own file", ["f (/ext/other.ts:1:1)"], "other"],
    ["the file that runs for it", ["f (file:///data/cache/1.mjs:1:1)"], "hello"],
    [
      "below the program's code",
      ["f (/app/packages/wire/dist/index.js:1:1)", "g (/ext/hello.ts:1:1)"],
      "hello",
    ],
    ["innermost of two", ["f (/ext/other.ts:1:1)", "g (/ext/hello.ts:1:1)"], "other"],
    ["by a folder that is its alone", ["f (/alone/node_modules/x/index.js:1:1)"], "alone"],
    ["not by a folder of two", ["f (/ext/lib.ts:1:1)"], undefined],
    ["nobody", ["f (/app/packages/kernel/dist/index.js:1:1)"], undefined],
  ])("%s", (_name, files, id) => {
    expect(culprit(...files)).toBe(id);
  });

  it("is not an extension in whose folder the program lies", () => {
    const around = { id: "around", files: ["/app/x.ts"], folder: "/app/" };
    expect(culpritOnStack(framesOf(errorAt("f (/app/packages/a.js:1:1)")), [around], own)).toBeUndefined();
  });
});

describe("blame", () => {
  function blamed(error: unknown, kind: "exception" | "rejection", inside?: string) {
    const strays = createStrays(own);
    strays.learn(hello);
    const faults: string[] = [];
    const blame = () => strays.blame(error, kind);
    const found = inside === undefined ? blame() : strays.run({ id: inside }, blame);
    strays.deliverTo((id, where, fault) => faults.push(`${id}: ${where}: ${(fault as Error).message}`));
    return { found, faults };
  }

  it("goes by the stack, and says where and what to do; kept until somebody counts", () => {
    const { found, faults } = blamed(errorAt("f (/ext/hello.ts:12:5)"), "exception", "other");
    expect(found).toBe(true);
    expect(faults).toEqual([
      expect.stringMatching(/^hello: uncaught exception: boom at \/ext\/hello\.ts:12:5; catch it/),
    ]);
  });

  it("goes by the context where there is no stack", () => {
    expect(blamed("a text", "exception", "hello").faults[0]).toMatch(/^hello: uncaught exception: a text; /);
    expect(blamed(undefined, "rejection", "hello").faults[0]).toMatch(
      /^hello: unhandled rejection: nothing was thrown/,
    );
  });

  it("leaves the program's own exceptions to the program, whoever began the work", () => {
    const error = errorAt("f (/app/packages/session-orchestrator/dist/index.js:1:1)");
    expect(blamed(error, "exception", "hello")).toEqual({ found: false, faults: [] });
    expect(blamed(error, "rejection", "hello").found).toBe(true); // nobody dies of that one; it was not awaited there
    expect(blamed(error, "rejection").found).toBe(false);
  });
});
