/**
 * Markdown to blocks, while the text still grows: a finished block is kept as the object it was, so that it is neither read nor
 * drawn again, and only what follows it is read anew.
 */
import { Lexer, type Token } from "marked";

export interface Block {
  /** Where it begins in the text. */
  readonly at: number;
  readonly token: Token;
}

/** Reads the text as it is now. */
export type ReadMarkdown = (text: string) => readonly Block[];

const read = (text: string, from: number): Block[] => {
  let at = from;
  return new Lexer({ gfm: true }).lex(text.slice(from)).map((token) => {
    const block = { at, token };
    at += token.raw.length;
    return block;
  });
};

/**
 * Of one text that grows; another text begins anew.
 * @example
 * const readMarkdown = createMarkdownReader();
 * readMarkdown("# Hel"); readMarkdown("# Hello\n\nW");
 */
export function createMarkdownReader(): ReadMarkdown {
  let known = "";
  let blocks: readonly Block[] = [];
  /** How many of them can no longer change, and where the rest begins. */
  let settled = 0;
  let rest = 0;
  return (text) => {
    if (text === known) return blocks;
    if (!canSettle(text) || !text.startsWith(known.slice(0, rest))) {
      settled = 0;
      rest = 0;
    }
    known = text;
    blocks = [...blocks.slice(0, settled), ...read(text, rest)];
    // A block is finished when another has begun after it; blank lines alone do not finish a list.
    const last = blocks.findLastIndex(({ token }) => token.type !== "space");
    if (canSettle(text) && last > settled) {
      settled = last;
      rest = blocks[last]?.at ?? 0;
    }
    return blocks;
  };
}

/** What the lexer rewrites (carriage returns), or what may change blocks before it (link definitions), is read whole. */
const canSettle = (text: string): boolean => !text.includes("\r") && !/^ {0,3}\[[^\]\n]+\]:/m.test(text);
