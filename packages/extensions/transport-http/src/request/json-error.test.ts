import * as fc from "fast-check";
import { expect, test } from "vitest";
import { findJsonError } from "./json-error.ts";

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

test.each([
  ["", 0, undefined],
  ['{"a":}', 5, "}"],
  ['{"a":1,}', 7, "}"],
  ["[1,2", 4, undefined],
  ["[1 2]", 3, "2"],
  ["[01]", 2, "1"],
  ["[1.]", 2, "."],
  ['["\\x"]', 2, "\\"],
  ['["a\nb"]', 3, "\n"],
  ['"open', 5, undefined],
  ["{a:1}", 1, "a"],
  ["[tru]", 1, "t"],
  ["1 1", 2, "1"],
])("%j is wrong at %i", (text, position, found) => {
  expect(findJsonError(text)).toMatchObject({ position, found });
});

test("line and column are those of an editor", () => {
  expect(findJsonError('{\n  "a": 1,\n  b\n}')).toMatchObject({ line: 3, column: 3, found: "b" });
});

test("a long string does not exhaust anything", () => {
  expect(findJsonError(`["${"a".repeat(1_000_000)}"`)?.position).toBe(1_000_003);
  expect(findJsonError("[".repeat(1_000_000))?.position).toBe(1_000_000);
});

test("it agrees with JSON.parse about every text, and points into what no longer can be JSON", async () => {
  const broken = fc
    .tuple(
      fc.json({ maxDepth: 3 }),
      fc.nat(),
      fc.nat(3),
      fc.constantFrom("", ",", "}", '"', "\\", "e", "-", "0", "\t", "t"),
    )
    .map(([text, at, removed, put]) => {
      const start = at % (text.length + 1);
      return text.slice(0, start) + put + text.slice(start + removed);
    });
  await fc.assert(
    fc.property(fc.oneof(broken, fc.string()), (text) => {
      const error = findJsonError(text);
      expect(error === undefined).toBe(parses(text));
      if (error) expect(error.position).toBeLessThanOrEqual(text.length);
    }),
    { numRuns: 2_000 },
  );
});
