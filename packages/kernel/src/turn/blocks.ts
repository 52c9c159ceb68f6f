/**
 * The open block of an answer: grows by deltas, is sealed into one record. Text is a list of pieces joined once, because a
 * growing string that is sliced costs the square of its length.
 */
import type { TurnDelta } from "../contracts/turn.ts";
import { cutBefore, endsHigh } from "./surrogates.ts";

export interface SealedBlock {
  readonly type: "text" | "reasoning";
  readonly block: string;
  readonly text: string;
  readonly continues?: string;
  readonly providerData?: unknown;
}

export interface Blocks {
  /** Adds text to the open block of this kind; another kind seals it first. `providerData` belongs to what came before it and seals too. */
  append(kind: SealedBlock["type"], text: string, providerData?: unknown): void;
  seal(): void;
}

export interface BlockOptions {
  readonly stepId: string;
  /** UTF-16 code units; at least 2, so that a pair fits. */
  readonly maxLength: number;
  blockId(index: number): string;
  delta(delta: TurnDelta): void;
  sealed(block: SealedBlock): void;
}

interface OpenBlock {
  readonly kind: SealedBlock["type"];
  readonly id: string;
  readonly continues: string | undefined;
  readonly pieces: string[];
  length: number;
  /** First half of a surrogate pair whose second half is still to come. */
  held: string;
}

export function createBlocks({ stepId, maxLength, blockId, delta, sealed }: BlockOptions): Blocks {
  const limit = Math.max(2, maxLength);
  let open: OpenBlock | undefined;
  let opened = 0;

  function begin(kind: SealedBlock["type"], continues?: string): OpenBlock {
    return { kind, id: blockId(opened++), continues, pieces: [], length: 0, held: "" };
  }

  function put(block: OpenBlock, text: string): void {
    if (text === "") return;
    block.pieces.push(text);
    block.length += text.length;
    const { kind, id, continues } = block;
    delta(
      continues === undefined
        ? { kind, block: id, stepId, text }
        : { kind, block: id, stepId, continues, text },
    );
  }

  function close(block: OpenBlock, providerData?: unknown): void {
    put(block, block.held);
    sealed({
      type: block.kind,
      block: block.id,
      text: block.pieces.join(""),
      ...(block.continues === undefined ? {} : { continues: block.continues }),
      ...(providerData === undefined ? {} : { providerData }),
    });
  }

  function grow(first: OpenBlock, text: string): OpenBlock {
    let block = first;
    let rest = text;
    if (block.held !== "") {
      rest = block.held + text;
      block.held = "";
    }
    while (rest.length > limit - block.length) {
      const end = cutBefore(rest, limit - block.length);
      put(block, rest.slice(0, end));
      rest = rest.slice(end);
      close(block);
      block = begin(block.kind, block.id);
    }
    if (endsHigh(rest)) {
      block.held = rest.slice(-1);
      rest = rest.slice(0, -1);
    }
    put(block, rest);
    return block;
  }

  function seal(providerData?: unknown): void {
    if (open === undefined) return;
    const block = open;
    open = undefined;
    close(block, providerData);
  }

  return {
    append(kind, text, providerData) {
      if (open !== undefined && open.kind !== kind) seal();
      if (text !== "") open = grow(open ?? begin(kind), text);
      if (providerData === undefined) return;
      open ??= begin(kind);
      seal(providerData);
    },
    seal: () => seal(),
  };
}
