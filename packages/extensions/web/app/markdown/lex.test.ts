import fc from "fast-check";
import { Lexer } from "marked";
import { expect, test } from "vitest";
import { createMarkdownReader } from "./lex.ts";

const pieces = fc.constantFrom(
  "# Head\n",
  "word ",
  "**bold** ",
  "\n",
  "\n\n",
  "- item\n",
  "  more\n",
  "1. one\n",
  "```js\n",
  "code();\n",
  "```\n",
  "> quote\n",
  "| a | b |\n",
  "|---|---|\n",
  "| 1 | 2 |\n",
  "---\n",
  "    indented\n",
  "<b>raw</b>\n",
  "[x](https://example.com) ",
  "`tick` ",
  "[ref]: https://example.com\n",
  "[ref] ",
  "~~~\n",
  "===\n",
);

const shape = (tokens: readonly { type: string; raw: string }[]) =>
  tokens.filter(({ type }) => type !== "space").map(({ type, raw }) => [type, raw.trim()]);

test("read as it grows or read at once: the same blocks", () =>
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      const grow = createMarkdownReader();
      let text = "";
      for (const part of parts) {
        text += part;
        grow(text);
      }
      expect(shape(grow(text).map(({ token }) => token))).toEqual(shape(new Lexer({ gfm: true }).lex(text)));
    }),
    { numRuns: 1_500 },
  ));

test("a finished block stays the very object it was", () => {
  const grow = createMarkdownReader();
  const [head, first] = grow("# Head\n\nFirst.\n\nSec");
  const later = grow("# Head\n\nFirst.\n\nSecond and more.\n\nThird");
  expect(later[0]).toBe(head);
  expect(later[1]?.token.raw.trim()).toBe(first?.token.raw.trim());
  expect(later.find(({ token }) => token.raw.startsWith("First"))?.at).toBe(8);
});

test("another text begins anew", () => {
  const grow = createMarkdownReader();
  grow("# One\n\nTwo\n\nThree");
  expect(grow("Other\n\ntext").map(({ token }) => token.raw)).toEqual(["Other", "\n\n", "text"]);
});
