import { expect, test } from "vitest";
import { lexBounded, lexBounds } from "./bounded-lexer.ts";
import { drawToken } from "./draw-tokens.tsx";
import { createMarkdownReader, pieceLength } from "./lex.ts";

const nested = (length: number, open: string, close = "") => open.repeat(length) + close.repeat(length);

/** Each of these took the lexer as it is minutes, or its stack. */
const hostile: Readonly<Record<string, string>> = {
  quotes: `${"> ".repeat(5_000)}x`,
  lists: `${"- ".repeat(20_000)}x`,
  "quoted lists": `${"> - ".repeat(3_000)}x`,
  "a list that goes in at every line": Array.from({ length: 400 }, (_, n) => `${" ".repeat(2 * n)}- x`).join(
    "\n",
  ),
  "a long word before an @": `${"a".repeat(100_000)}@`,
  "a long dotted word before an @": `${"a.".repeat(50_000)}@a`,
  emphasis: `${nested(10_000, "**a *b ")}${nested(10_000, "c* d**")}`,
  links: nested(3_000, "[", "](b)"),
  "a table": `|a|b|\n|-|-|\n${"|1|2|\n".repeat(50_000)}`,
  "one line": "word ".repeat(200_000),
};

test.each(Object.keys(hostile))(
  "%s: read and drawn, whole",
  (name) => {
    const text = hostile[name] ?? "";
    const blocks = createMarkdownReader()(text);
    for (const { token } of blocks) expect(() => drawToken(token)).not.toThrow();
    expect(blocks.map(({ token }) => token.raw).join("")).toBe(text);
  },
  10_000,
);

test("what is deeper than may be is there as text", () => {
  const drawn = JSON.stringify(lexBounded(`${"> ".repeat(lexBounds.depth + 3)}deep`));
  expect(drawn).toContain("> > > deep");
});

test("a long text of ordinary blocks is read in pieces as it is read at once", () => {
  const part =
    "# Head\n\none\ntwo\n\n- a\n- b\n\n> quote\n\n```js\ncode\n\nmore\n```\n\n| a |\n|---|\n| 1 |\n\n";
  const text = part.repeat(Math.ceil((1.5 * pieceLength) / part.length));
  const blocks = createMarkdownReader()(text);
  expect(blocks.map(({ token }) => token)).toEqual([...lexBounded(text)]);
  for (const { at, token } of blocks) expect(text.startsWith(token.raw, at)).toBe(true);
});

test("code stays code however long it is", () => {
  const text = `before\n\n\`\`\`js\n${"line\n".repeat(40_000)}\`\`\`\n\nafter`;
  const types = createMarkdownReader()(text).map(({ token }) => token.type);
  expect(types.filter((type) => type !== "space")).toEqual(["paragraph", "code", "paragraph"]);
});

test("line ends of other systems are read alike", () => {
  const long = "one\r\n\r\ntwo\r\n\r\n".repeat(10_000);
  const blocks = createMarkdownReader()(long);
  expect(blocks.map(({ token }) => token.raw).join("")).toBe(long.replaceAll("\r", ""));
});
