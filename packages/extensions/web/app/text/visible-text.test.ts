import fc from "fast-check";
import { expect, test } from "vitest";
import { visibleText } from "./visible-text.ts";

const shown = (text: string) =>
  visibleText(text)
    .map(({ text, isName }) => (isName ? `<${text}>` : text))
    .join("");

test.each([
  ["plain text\n\twith tab", "plain text\n\twith tab"],
  ["safe\u202Egpj.exe", "safe<U+202E>gpj.exe"],
  ["a\u2066b\u2069", "a<U+2066>b<U+2069>"],
  ["zero\u200bwidth\ufeff", "zero<U+200B>width<U+FEFF>"],
  ["rm\u00a0-rf", "rm<U+00A0>-rf"],
  ["bell\u0007 esc\u001b[2J cr\rgone", "bell<U+0007> esc<U+001B>[2J cr<U+000D>gone"],
  ["tag\u{e0041}", "tag<U+E0041>"],
  ["half\ud800", "half<U+D800>"],
  ["emoji 😀 ok", "emoji 😀 ok"],
  ["日本語 עברית", "日本語 עברית"],
  ["", ""],
])("%j is shown as %j", (text, expected) => expect(shown(text)).toBe(expected));

test("whatever is not named is there as it was, in its order", () =>
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const back = visibleText(text).map(({ text, isName }) =>
        isName ? String.fromCodePoint(Number.parseInt(text.slice(2), 16)) : text,
      );
      expect(back.join("")).toBe(text);
    }),
  ));

test("however much of it would not be seen, what stands behind it is shown", () => {
  const pieces = visibleText(`${"\u200b-".repeat(5_000)}; rm -rf ~\u202e`, 2_000);
  expect(pieces.length).toBeLessThanOrEqual(2_000);
  const all = pieces.map(({ text }) => text).join("");
  expect(all).toMatch(/; rm -rf ~\[U\+202E\]$/);
  expect(all).not.toMatch(/[\u200b\u202e]/);
});
