/** Whether an event is the next one, a known one, or comes after something that is missing. Pure but for the position. */
import type { DispatchEvent, Snapshot } from "@dispatch/wire";
import { decodeCursor, isDelta } from "@dispatch/wire/shown";

/** A viewer's place: the last record held, and the length held of each open block in UTF-16 code units. */
export interface Position {
  seq: number;
  readonly blocks: Map<string, number>;
}

/** Undefined for a cursor that is none: what comes is a snapshot then. */
export function positionOf(cursor: string): Position | undefined {
  if (cursor === "0") return { seq: 0, blocks: new Map() };
  const decoded = decodeCursor(cursor);
  return decoded && { seq: decoded.seq, blocks: new Map(decoded.blocks) };
}

export const positionIn = ({ seq, running }: Snapshot): Position => ({
  seq,
  blocks: new Map(running?.blocks.map(({ block, text }) => [block, text.length])),
});

/** The event to hand on, with what is held already cut off; or what became of it. Moves the position. */
export function admit(position: Position, event: DispatchEvent): DispatchEvent | "known" | "gap" {
  const { blocks } = position;
  if (isDelta(event)) {
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
      blocks.delete(event.block);
      break;
    case "tool-result":
      blocks.delete(event.callId);
      break;
    case "attempt-superseded":
      for (const block of [...event.blocks, ...event.callIds]) blocks.delete(block);
      break;
    case "turn-sealed":
      blocks.clear();
      break;
  }
  position.seq = event.seq;
  return event;
}
