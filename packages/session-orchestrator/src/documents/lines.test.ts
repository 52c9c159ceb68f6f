import fc from "fast-check";
import { expect, it } from "vitest";
import { splitLines } from "./lines.ts";

const fail = (): never => {
  throw new Error("too long");
};

it("gives the lines of a text however it is cut", () => {
  const piece = fc.array(fc.constantFrom("a", "\n", "😀", "")).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const found: string[] = [];
      const lines = splitLines((line) => found.push(line), 1_000, fail);
      for (const each of pieces) lines.push(each);
      lines.end();
      const expected = pieces.join("").split("\n");
      if (expected.at(-1) === "") expected.pop();
      expect(found).toEqual(expected);
    }),
  );
});

it("holds no line that is longer than it may be, but any number of shorter ones", () => {
  const lines = splitLines(() => undefined, 10, fail);
  for (let n = 0; n < 5; n++) lines.push("12345\n12345");
  expect(() => lines.push("678901")).toThrow("too long");
});
