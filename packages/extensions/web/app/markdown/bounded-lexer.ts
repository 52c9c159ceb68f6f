/**
 * The lexer with bounds. A few thousand characters can cost it minutes or its stack (marks in marks in marks, a long word
 * before an `@`), and a page would hang or show nothing: what is beyond is the text it is written as. Pure.
 */
import { Lexer, type Token } from "marked";

export const lexBounds = {
  /** Quotes and lists within each other; marks within each other. */
  depth: 20,
  /** Characters of one run of text (a paragraph, a cell, a line of a list) in which marks are looked for. */
  run: 10_000,
  /** Characters of it that may be marks. */
  marks: 1_000,
  /** Characters that an e-mail address may have before its `@`. */
  word: 200,
} as const;

/** Drawn as it is written, with its line ends. */
const plain = (raw: string): Token => ({ type: "plain", raw });
const textToken = (raw: string): Token => ({ type: "text", raw, text: raw, escaped: false });

/** Tokens whose `raw` together is the text, as `marked` gives them. */
export function lexBounded(text: string): Token[] {
  const lexer = new Lexer({ gfm: true });
  const blocks = lexer.blockTokens.bind(lexer);
  const inline = lexer.inlineTokens.bind(lexer);
  let depth = 0;
  let inlineDepth = 0;
  // What is in a quote, an item or a mark, the lexer reads by these two again.
  lexer.blockTokens = ((src: string, tokens: Token[] = [], isLast?: boolean): Token[] => {
    if (depth >= lexBounds.depth) {
      tokens.push(plain(src));
      return tokens;
    }
    depth += 1;
    try {
      return blocks(src, tokens, isLast);
    } finally {
      depth -= 1;
    }
  }) as Lexer["blockTokens"];
  lexer.inlineTokens = (src: string, tokens: Token[] = []): Token[] => {
    if (inlineDepth >= lexBounds.depth || isTooMuch(src)) {
      tokens.push(textToken(src));
      return tokens;
    }
    inlineDepth += 1;
    try {
      return inline(src, tokens);
    } finally {
      inlineDepth -= 1;
    }
  };
  return lexer.lex(text);
}

function isTooMuch(run: string): boolean {
  if (run.length > lexBounds.run) return true;
  let marks = 0;
  for (const char of run) if ("*_~`[]<!".includes(char)) marks += 1;
  if (marks > lexBounds.marks) return true;
  for (const { 0: word, index } of run.matchAll(/[^\s@]+/g))
    if (word.length > lexBounds.word && run[index + word.length] === "@") return true;
  return false;
}
