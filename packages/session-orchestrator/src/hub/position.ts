/** Position: a viewer's place, as an immutable object shared by all viewers at it. */
import { encodeCursor } from "@dispatch/wire";
import type { Frame } from "../ports/sessions.ts";

export interface Position {
  readonly seq: number;
  /** Checksum of the record at `seq`; "0" at 0. */
  readonly check: string;
  /** Lengths held of blocks which are open. */
  readonly offsets: ReadonlyMap<string, number>;
  /** A catch-up read under way for all viewers at this place. */
  pending?: Promise<Step | undefined> | undefined;
}

/** A frame and where it leads. */
export interface Step {
  readonly frame: Frame;
  readonly end: Position;
}

export const noOffsets: ReadonlyMap<string, number> = new Map();

export const position = (
  seq: number,
  check: string,
  offsets: ReadonlyMap<string, number> = noOffsets,
): Position => ({
  seq,
  check,
  offsets,
});

export const cursorOf = (epoch: string, place: Position): string =>
  encodeCursor({ epoch, seq: place.seq, check: place.check, blocks: place.offsets });

export function withOffset(
  offsets: ReadonlyMap<string, number>,
  block: string,
  offset: number,
): ReadonlyMap<string, number> {
  return new Map(offsets).set(block, offset);
}

export function withoutBlocks(
  offsets: ReadonlyMap<string, number>,
  gone: (block: string) => boolean,
): ReadonlyMap<string, number> {
  let kept: Map<string, number> | undefined;
  for (const block of offsets.keys()) {
    if (!gone(block)) continue;
    kept ??= new Map(offsets);
    kept.delete(block);
  }
  return kept === undefined ? offsets : kept.size === 0 ? noOffsets : kept;
}
