import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { escapePart, keys, parseIncrement, rangeOf, unescapePart } from "./keys.ts";

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(fc.constantFrom("!", '"', "~", " ", "\u0000", "\x7f", "a", "Z", "é", "\ud800", "\udc00", "\uffff"))
    .map((units) => units.join("")),
);
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

describe("escaped parts", () => {
  test("come back, hold no separator and keep their order and prefixes", () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        const [left, right] = [escapePart(a), escapePart(b)];
        expect(unescapePart(left)).toBe(a);
        expect(left).toMatch(/^[\x22-\x7e]*$/);
        expect(compare(left, right)).toBe(compare(a, b));
        expect(compare(`${left}!x`, `${right}!x`)).toBe(compare(a, b));
        expect(left.startsWith(right)).toBe(a.startsWith(b));
        expect(escapePart(a + b)).toBe(left + right);
      }),
      { numRuns: 2_000 },
    );
  });

  test("leave ids as they are", () => expect(escapePart("Az09_-.x")).toBe("Az09_-.x"));
});

test("numbers keep their order in keys", () => {
  const seqs = [0, 1, 9, 10, 255, 65_536, 2 ** 32, Number.MAX_SAFE_INTEGER];
  const records = seqs.map((seq) => keys.record("c", seq));
  expect([...records].sort()).toEqual(records);
  const listed = seqs.map((order) => keys.listed("c", { order, closed: false }));
  expect([...listed].sort().reverse()).toEqual(listed);
});

test("a range holds all of its prefix and nothing of a neighbour", () => {
  fc.assert(
    fc.property(anyText, anyText, fc.nat(), (id, other, seq) => {
      const { gte, lt } = rangeOf(keys.conversation(id));
      const within = (key: string): boolean => key >= gte && key < lt;
      expect(
        within(keys.record(id, seq)) && within(keys.increment(id, other, seq)) && within(keys.header(id)),
      ).toBe(true);
      expect(within(keys.record(other, seq))).toBe(id === other);
    }),
  );
});

test("an increment's key tells block and offset", () => {
  expect(parseIncrement(keys.increment("c", "t!1.b 2", 4_096))).toEqual({ block: "t!1.b 2", at: 4_096 });
});
