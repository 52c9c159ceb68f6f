/** Whether an event is the next one, a known one, or comes after something that is missing. Pure but for the position. */
import type { DispatchEvent, Snapshot } from "@dispatch/wire";
import { decodeCursor, isDelta } from "@dispatch/wire/shown";

/** A viewer's place: the last record held, and the length held of each open block in UTF-16 code units. */
export interface Position {
  seq: number;
  readonly blocks: Map<string, number>;
  /** Newest blocks that are closed: pieces of them, told again, are nothing new. Ids of blocks are never used again. */
  readonly closed: Set<string>;
}

const mostClosed = 256;

export const newPosition = (seq: number, blocks: Iterable<readonly [string, number]> = []): Position => ({
  seq,
  blocks: new Map(blocks),
  closed: new Set(),
});

function close({ blocks, closed }: Position, ids: Iterable<string>): void {
  for (const id of ids) {
    blocks.delete(id);
    closed.add(id);
  }
  for (const oldest of closed) {
    if (closed.size <= mostClosed) return;
    closed.delete(oldest);
  }
}

/** Undefined for a cursor that is none: what comes is a snapshot then. */
export function positionOf(cursor: string): Position | undefined {
  if (cursor === "0") return newPosition(0);
  const decoded = decodeCursor(cursor);
  return decoded && newPosition(decoded.seq, decoded.blocks);
}

export const positionIn = ({ seq, running }: Snapshot): Position =>
  newPosition(
    seq,
    running?.blocks.map(({ block, text }) => [block, text.length]),
  );

/** The event to hand on, with what is held already cut off; or what became of it. Moves the position. */
export function admit(position: Position, event: DispatchEvent): DispatchEvent | "known" | "gap" {
  const { blocks } = position;
  if (isDelta(event)) {
    if (position.closed.has(event.block)) return "known";
    const held = blocks.get(event.block) ?? 0;
    const end = event.at + event.text.length;
    if (event.at > held) return "gap";
    if (end <= held) return "known";
    blocks.set(event.block, end);
    return event.at === held ? event : { ...event, at: held, text: event.text.slice(held - event.at) };
  }
  if (event.seq <= position.seq) return "known";
  if (event.seq !== position.seq + 1) return "gap";
  switch (event.type) {
    case "text":
    case "reasoning":
      if (event.text === undefined && event.length !== (blocks.get(event.block) ?? 0)) return "gap";
      close(position, [event.block]);
      break;
    case "tool-result":
      close(position, [event.callId]);
      break;
    case "attempt-superseded":
      close(position, [...event.blocks, ...event.callIds]);
      break;
    case "turn-start":
      blocks.clear(); // not closed: a call that a resumed turn runs again has the same id
      break;
    case "turn-sealed":
      close(position, blocks.keys());
      break;
  }
  position.seq = event.seq;
  return event;
}
