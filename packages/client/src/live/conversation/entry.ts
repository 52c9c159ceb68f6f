/** One who follows a conversation: its place, and what of a frame is news to it. */
import type { DispatchEvent } from "@dispatch/wire";
import type { ClientError } from "../../client-error.ts";
import type { StreamItem } from "../../follow.ts";
import { admit, type Position } from "./position.ts";

export interface Follower {
  /** In order, nothing twice and nothing left out; a `snapshot` replaces what was held. */
  onItems(items: readonly StreamItem[]): void;
  /** Nothing comes any more: the conversation is gone, may not be read, or the live connection was closed. */
  onEnd(error: ClientError): void;
}

export interface Entry extends Follower {
  cursor: string | undefined;
  position: Position | undefined;
  /** Something is missing: what comes before the next `chat.subscribed` is of no use. */
  broken: boolean;
}

/** Gives it what is new. `gap`: something is missing, and it hears no more until it is subscribed anew. */
export function give(
  entry: Entry,
  cursor: string,
  events: readonly DispatchEvent[],
): "news" | "known" | "gap" {
  const { position } = entry;
  if (entry.broken || !position) return "known"; // what it asked for comes
  const items: StreamItem[] = [];
  for (const event of events) {
    const admitted = admit(position, event);
    if (admitted === "gap") {
      entry.broken = true;
      break;
    }
    // The frame's cursor is the place after its last event; before that, the place held is the frame before.
    if (admitted !== "known") items.push({ cursor: entry.cursor ?? cursor, event: admitted });
  }
  if (!entry.broken) {
    const last = items.pop();
    if (last?.event) items.push({ cursor, event: last.event });
    entry.cursor = cursor;
  }
  if (items.length > 0) entry.onItems(items);
  if (entry.broken) return "gap";
  return items.length > 0 ? "news" : "known";
}

/** The cursor of whoever is furthest behind; undefined when somebody has none. */
export function earliest(entries: Iterable<Entry>): string | undefined {
  let first: { seq: number; held: number; cursor: string | undefined } | undefined;
  for (const { cursor, position } of entries) {
    if (cursor === undefined) return undefined;
    const seq = position?.seq ?? -1;
    const held = [...(position?.blocks.values() ?? [])].reduce((sum, length) => sum + length, 0);
    if (!first || seq < first.seq || (seq === first.seq && held < first.held)) first = { seq, held, cursor };
  }
  return first?.cursor;
}
