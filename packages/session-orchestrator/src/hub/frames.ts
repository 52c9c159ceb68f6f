/** From a position to the next frame: the records after it and, per open block, one delta from its offset to the end. */
import type { Frame, FrameEvent } from "../ports/sessions.ts";
import type { Live } from "./live.ts";
import { deltaTypeOf, type GrowingBlock } from "./open-blocks.ts";
import {
  cursorOf,
  noOffsets,
  type Position,
  position,
  type Step,
  withOffset,
  withoutBlocks,
} from "./position.ts";
import type { ShownRecord } from "./shown.ts";

/** About how much one frame carries, UTF-16 code units: 256 KiB. */
export const frameBytes = 262_144;

/** Whether the records after `place` are all in the tail. */
export const inTail = (live: Live, place: Position): boolean => place.seq >= live.head - live.tail.length;

/** The step on from `place`, made once for all viewers there; undefined when there is nothing new. Needs `inTail`. */
export function stepFrom(live: Live, place: Position): Step | undefined {
  if (live.steps.has(place)) return live.steps.get(place);
  const records = live.tail.slice(live.tail.length - (live.head - place.seq));
  const step = makeStep(live, place, records, live.open.values());
  const met = step && { frame: step.frame, end: meet(live, step.end) };
  live.steps.set(place, met);
  return met;
}

/** Viewers who hold everything there is now meet in one position, whatever way they came: from there on they share frames. */
function meet(live: Live, end: Position): Position {
  if (end.seq !== live.head) return end;
  for (const block of live.open.values()) if (end.offsets.get(block.block) !== block.length) return end;
  return live.now();
}

/** A frame of these records, then of these blocks if the size allows. */
export function makeStep(
  live: Pick<Live, "conversationId" | "epoch">,
  from: Position,
  records: readonly ShownRecord[],
  blocks: Iterable<GrowingBlock>,
): Step | undefined {
  const { epoch, conversationId } = live;
  const events: FrameEvent[] = [];
  let place = from;
  let size = 0;
  const add = (type: string, turnId: string | undefined, json: string, after: Position) => {
    place = after;
    size += json.length;
    let cursor: string | undefined;
    events.push({
      type,
      turnId,
      json,
      get cursor() {
        cursor ??= cursorOf(epoch, after);
        return cursor;
      },
    });
  };
  for (const record of records) {
    if (size >= frameBytes) return finish();
    const { seals } = record;
    const held = (seals && place.offsets.get(seals.block)) ?? 0;
    // Who holds its beginning gets the rest, and then as little as who holds it all.
    const rest = seals && held > 0 && held < seals.length ? seals.rest?.(held) : undefined;
    if (seals && rest !== undefined) {
      const offsets = withOffset(place.offsets, seals.block, seals.length);
      add(seals.delta, record.turnId, rest, position(place.seq, place.check, offsets));
    }
    const json = seals && place.offsets.get(seals.block) === seals.length ? seals.short : record.json;
    add(
      record.type,
      record.turnId,
      json,
      position(record.seq, record.check, offsetsAfter(place.offsets, record)),
    );
  }
  for (const block of blocks) {
    const at = place.offsets.get(block.block) ?? 0;
    if (size >= frameBytes) break;
    const text = block.from(at, frameBytes - size);
    if (text === "") continue;
    const json = `${prefixOf(conversationId, block)}${at},"text":${JSON.stringify(text)}}`;
    const offsets = withOffset(place.offsets, block.block, at + text.length);
    add(deltaTypeOf[block.kind], block.turnId, json, position(place.seq, place.check, offsets));
  }
  return finish();

  function finish(): Step | undefined {
    if (events.length === 0) return undefined;
    return { frame: frameOf(conversationId, cursorOf(epoch, place), events), end: place };
  }
}

function offsetsAfter(
  offsets: ReadonlyMap<string, number>,
  record: ShownRecord,
): ReadonlyMap<string, number> {
  if (offsets.size === 0) return offsets;
  if (record.type === "turn-sealed" || record.type === "turn-start") return noOffsets;
  const block = record.seals?.block ?? record.closes;
  return block === undefined ? offsets : withoutBlocks(offsets, (open) => open === block);
}

const prefixes = new WeakMap<GrowingBlock, string>();

/** The constant part of a block's deltas. */
function prefixOf(conversationId: string, block: GrowingBlock): string {
  let prefix = prefixes.get(block);
  if (prefix === undefined) {
    const { turnId, stepId } = block;
    const fixed = { type: deltaTypeOf[block.kind], conversationId, turnId, stepId, block: block.block };
    prefix = `${JSON.stringify(fixed).slice(0, -1)},"at":`;
    prefixes.set(block, prefix);
  }
  return prefix;
}

export function frameOf(conversationId: string, cursor: string, events: readonly FrameEvent[]): Frame {
  let encodings: Map<string, unknown> | undefined;
  const frame: Frame = {
    conversationId,
    cursor,
    events,
    encode<T>(format: string, make: (frame: Frame) => T): T {
      encodings ??= new Map();
      if (!encodings.has(format)) encodings.set(format, make(frame));
      return encodings.get(format) as T;
    },
  };
  return frame;
}
