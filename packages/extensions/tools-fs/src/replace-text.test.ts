import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxOccurrences, replaceText, toLf } from "./replace-text.ts";

const once = (text: string, oldText: string, newText: string) =>
  replaceText(text, { oldText, newText, replaceAll: false }, 1_000);
const all = (text: string, oldText: string, newText: string, maxLength = 1_000) =>
  replaceText(text, { oldText, newText, replaceAll: true }, maxLength);

describe("one occurrence", () => {
  it.each([
    ["LF", "a\nb\nc\n", "b\n", "x\ny\n", "a\nx\ny\nc\n"],
    ["CRLF, asked for in LF", "a\r\nb\r\nc\r\n", "a\nb", "x\ny\nz", "x\r\ny\r\nz\r\nc\r\n"],
    ["CRLF, asked for in CRLF", "a\r\nb\r\n", "a\r\n", "x\r\n", "x\r\nb\r\n"],
    ["CRLF, no line end in what is replaced", "a\r\nb\r\n", "b", "x\ny", "a\r\nx\r\ny\r\n"],
    ["mixed: as at the place itself", "a\r\nb\nc\nd\r\n", "b\nc", "b\n\nc", "a\r\nb\n\nc\nd\r\n"],
    ["a line end taken away", "a\r\nb", "\n", " ", "a b"],
    ["a lone CR stays", "a\rb\nc", "c", "d", "a\rb\nd"],
    ["all of it", "a", "a", "", ""],
    ["dollar signs are not special", "x", "x", "$&$1", "$&$1"],
  ])("%s", (_name, text, oldText, newText, expected) =>
    expect(once(text, oldText, newText)).toEqual({ kind: "replaced", text: expected, count: 1 }),
  );
});

describe("none or several", () => {
  it("tells the lines, each once, and at most ten places", () => {
    expect(once("x\ny x x\r\nz\nx", "x", "")).toEqual({ kind: "ambiguous", lines: [1, 2, 4], more: false });
    expect(once("x\n".repeat(11), "x", "")).toMatchObject({ more: true });
    expect(once("aaa", "aa", "b")).toEqual({ kind: "ambiguous", lines: [1], more: false });
    expect(once("abc", "d", "")).toEqual({ kind: "missing" });
  });

  it("replaces all, from the left, without overlaps", () => {
    expect(all("aaaaa", "aa", "b")).toEqual({ kind: "replaced", text: "bba", count: 2 });
    expect(all("a\r\na\n", "a\n", "b\n")).toEqual({ kind: "replaced", text: "b\r\nb\n", count: 2 });
  });

  it("refuses what grows too large", () => {
    expect(all("aaaa", "a", "x".repeat(300))).toEqual({ kind: "too-large" });
    expect(all("a".repeat(maxOccurrences + 1), "a", "b", 1e9)).toEqual({ kind: "too-large" });
  });
});

it("does to any text what a plain replacement does, and leaves the line ends around alone", () => {
  const text = fc
    .array(fc.constantFrom("a", "b", "\n", "\r\n"), { maxLength: 30 })
    .map((parts) => parts.join(""));
  const piece = (minLength: number) =>
    fc.array(fc.constantFrom("a", "b", "\n"), { minLength, maxLength: 4 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, piece(1), piece(0), (text, oldText, newText) => {
      const result = all(text, oldText, newText);
      if (result.kind !== "replaced") {
        expect(toLf(text).includes(oldText)).toBe(false);
        return;
      }
      expect(toLf(result.text)).toBe(toLf(text).replaceAll(oldText, newText));
      const before = toLf(text).indexOf(oldText);
      expect(toLf(commonStart(text, result.text)).length).toBeGreaterThanOrEqual(before);
    }),
    { numRuns: 1_000 },
  );
});

function commonStart(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return a.slice(0, length);
}
