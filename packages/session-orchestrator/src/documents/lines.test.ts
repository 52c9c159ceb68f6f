import fc from "fast-check";
import { expect, it } from "vitest";
import { splitLines } from "./lines.ts";

it("gives the lines of a text however it is cut", () => {
  const piece = fc.array(fc.constantFrom("a", "\n", "😀", "")).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const found: string[] = [];
      const lines = splitLines((line) => found.push(line));
      for (const each of pieces) lines.push(each);
      lines.end();
      const expected = pieces.join("").split("\n");
      if (expected.at(-1) === "") expected.pop();
      expect(found).toEqual(expected);
    }),
  );
});
