/**
 * Markdown to blocks, while the text still grows: a finished block is kept as the object it was, so that it is neither read nor
 * drawn again, and only what follows it is read anew.
 */
import type { Token } from "marked";
import { lexBounded } from "./bounded-lexer.ts";

export interface Block {
  /** Where it begins in the text. */
  readonly at: number;
  readonly token: Token;
}

/** Reads the text as it is now. */
export type ReadMarkdown = (text: string) => readonly Block[];

/** Characters read at once. A block that is longer (but code, which costs little) is drawn as it is written. */
export const pieceLength = 60_000;

function read(text: string, from: number): Block[] {
  const blocks: Block[] = [];
  let length = pieceLength;
  for (let at = from; at < text.length; ) {
    const piece = text.slice(at, at + length);
    const isRest = at + piece.length >= text.length;
    const found = placed(lexBounded(piece), at);
    const whole = isRest ? found : found.slice(0, Math.max(0, lastBlock(found))); // it may go on in the next piece
    const [first] = found;
    if (whole.length === 0 && first?.token.type === "code") {
      length *= 2;
      continue;
    }
    const given = whole.length > 0 ? whole : [{ at, token: { type: "plain", raw: piece } }];
    for (const block of given) {
      blocks.push(block);
      at += block.token.raw.length;
    }
    if (isRest) return blocks;
    length = pieceLength;
  }
  return blocks;
}

/** Blank lines are none: they do not finish a list. */
const lastBlock = (blocks: readonly Block[]): number =>
  blocks.findLastIndex(({ token }) => token.type !== "space");

function placed(tokens: readonly Token[], from: number): Block[] {
  let at = from;
  return tokens.map((token) => {
    const block = { at, token };
    at += token.raw.length;
    return block;
  });
}

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
  return (given) => {
    const text = given.includes("\r") ? given.replace(/\r\n?/g, "\n") : given;
    if (text === known) return blocks;
    if (!canSettle(text) || !text.startsWith(known.slice(0, rest))) {
      settled = 0;
      rest = 0;
    }
    known = text;
    blocks = [...blocks.slice(0, settled), ...read(text, rest)];
    // A block is finished when another has begun after it.
    const last = lastBlock(blocks);
    if (canSettle(text) && last > settled) {
      settled = last;
      rest = blocks[last]?.at ?? 0;
    }
    return blocks;
  };
}

/** What may change blocks before it (link definitions) is read whole. */
const canSettle = (text: string): boolean => !/^ {0,3}\[[^\]\n]+\]:/m.test(text);
