/**
 * Open blocks: text that is still growing. A block is a list of chunks with an index of their ends, so growing costs
 * one push and reading from any offset costs a search and a join: never a growing string that is sliced.
 */
import type { DeltaType, OpenBlock } from "@dispatch/wire";

export interface BlockStart {
  readonly block: string;
  readonly kind: OpenBlock["kind"];
  readonly messageId: string;
  readonly turnId: string;
  readonly stepId: string;
  readonly continues?: string | undefined;
}

export interface GrowingBlock extends BlockStart {
  readonly length: number;
  /** Up to which offset it is checkpointed. */
  saved: number;
  push(text: string): void;
  /** Text from `offset` on, at most about `max` code units (whole chunks, at least one). */
  from(offset: number, max: number): string;
  /** Whether this is all of its text, no more and no less. */
  says(text: string): boolean;
}

export const deltaTypeOf: Readonly<Record<OpenBlock["kind"], DeltaType>> = {
  text: "text-delta",
  reasoning: "reasoning-delta",
  "tool-output": "tool-output",
};

/** Chunks pushed never end in the middle of a surrogate pair: their maker sees to it. */
export function growingBlock(start: BlockStart): GrowingBlock {
  const chunks: string[] = [];
  const ends: number[] = [];
  let length = 0;
  /** Index of the chunk that holds `offset`. */
  const find = (offset: number): number => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ends[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    ...start,
    saved: 0,
    get length() {
      return length;
    },
    push(text) {
      if (text === "") return;
      length += text.length;
      chunks.push(text);
      ends.push(length);
    },
    from(offset, max) {
      if (offset >= length) return "";
      const first = find(offset);
      const begin = ends[first - 1] ?? 0;
      const last = Math.min(find(offset + max), chunks.length - 1);
      const head = (chunks[first] ?? "").slice(offset - begin);
      return last === first ? head : head + chunks.slice(first + 1, last + 1).join("");
    },
    says(text) {
      if (text.length !== length) return false;
      return chunks.every((chunk, index) => text.startsWith(chunk, ends[index - 1] ?? 0));
    },
  };
}
