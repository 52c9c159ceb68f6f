/** Viewer: a position on the move. It holds no queue: what it is sent depends on when its socket can take more. */
import { dispatchError } from "@dispatch/wire";
import type { ConversationLog } from "../ports/log.ts";
import type { Frame, Viewer } from "../ports/sessions.ts";
import { frameBytes, inTail, makeStep, stepFrom } from "./frames.ts";
import type { Live } from "./live.ts";
import { cursorOf, type Position, type Step } from "./position.ts";
import { shownRecord } from "./shown.ts";

/** Runs at most a few catch-up reads at once, so that returning viewers cannot starve running turns. */
export type ReadGate = <T>(read: () => Promise<T>) => Promise<T>;

export function createReadGate(limit: number): ReadGate {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (read) => {
    if (running >= limit) await new Promise<void>((go) => waiting.push(go));
    else running++;
    try {
      return await read();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}

/** Reads the records after `place` which are no longer in the tail; shared by all viewers at that place. */
export async function catchUp(
  log: ConversationLog,
  gate: ReadGate,
  live: Live,
  place: Position,
): Promise<Step> {
  place.pending ??= gate(async () => {
    const page = await log.read(live.conversationId, place.seq, { maxBytes: frameBytes });
    const records = page.entries.map((entry) => shownRecord(live.conversationId, entry));
    const step = makeStep(live, place, records, []);
    if (!step)
      throw dispatchError(
        "store-damaged",
        `Records after ${place.seq} of ${live.conversationId} are missing.`,
      );
    return step;
  }).finally(() => {
    place.pending = undefined;
  });
  return place.pending;
}

export interface ViewerOptions {
  readonly live: Live;
  readonly log: ConversationLog;
  readonly gate: ReadGate;
  readonly from: Position;
  readonly onClose: () => void;
}

/** The moving part of a viewer. `undefined` from `next`: closed, deleted, or its store failed. */
export function createViewer({
  live,
  log,
  gate,
  from,
  onClose,
}: ViewerOptions): Pick<Viewer, "next" | "close" | "cursor" | "conversationId"> {
  let place = from;
  let closed = false;
  return {
    conversationId: live.conversationId,
    cursor: cursorOf(live.epoch, from),
    async next(): Promise<Frame | undefined> {
      for (;;) {
        if (closed || live.ended) return undefined;
        const step = inTail(live, place) ? stepFrom(live, place) : await catchUp(log, gate, live, place);
        if (step) {
          if (closed) return undefined;
          place = step.end;
          return step.frame;
        }
        await live.changed();
      }
    },
    close() {
      if (closed) return;
      closed = true;
      live.wake();
      onClose();
    },
  };
}
