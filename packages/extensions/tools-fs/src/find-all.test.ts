import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findAll } from "./find-all.ts";

describe("findAll", () => {
  it("finds overlapping places, up to the limit", () => {
    expect(findAll("aaaa", "aa", 10)).toEqual([0, 1, 2]);
    expect(findAll("aaaa", "aa", 2)).toEqual([0, 1]);
    expect(findAll("abc", "abcd", 10)).toEqual([]);
  });

  it("finds what indexOf finds", () => {
    const text = fc.stringMatching(/^[ab]*$/);
    fc.assert(
      fc.property(text, fc.stringMatching(/^[ab]{1,4}$/), (text, needle) => {
        const expected: number[] = [];
        for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + 1)) expected.push(at);
        expect(findAll(text, needle, 1_000)).toEqual(expected);
      }),
    );
  });

  it("is quick where comparing place by place would take minutes", () => {
    const began = performance.now();
    expect(findAll("a".repeat(2_000_000), `b${"a".repeat(500_000)}`, 1)).toEqual([]);
    expect(findAll("a".repeat(2_000_000), `${"a".repeat(500_000)}b`, 1)).toEqual([]);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
