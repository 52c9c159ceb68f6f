/** Viewer: a position on the move. It holds no queue: what it is sent depends on when its socket can take more. */
import { dispatchError } from "@dispatch/wire";
import type { Gate } from "../gate.ts";
import type { ConversationLog } from "../ports/log.ts";
import type { Frame, Viewer } from "../ports/sessions.ts";
import { frameBytes, inTail, makeStep, stepFrom } from "./frames.ts";
import type { Live } from "./live.ts";
import { cursorOf, type Position, type Step } from "./position.ts";
import { shownRecord } from "./shown.ts";

/** Reads the records after `place` which are no longer in the tail; shared by all viewers at that place. */
export async function catchUp(
  log: ConversationLog,
  gate: Gate,
  live: Live,
  place: Position,
): Promise<Step | undefined> {
  place.pending ??= gate(async () => {
    // What is stored but not shown yet is not given: its block is still open here.
    const { head } = live;
    const page = await log.read(live.conversationId, place.seq, { maxBytes: frameBytes });
    if (live.ended) return undefined;
    const entries = page.entries.filter((entry) => entry.seq <= head);
    if (entries[0]?.seq !== place.seq + 1) {
      throw dispatchError(
        "store-damaged",
        `Records after ${place.seq} of ${live.conversationId} are missing.`,
      );
    }
    return makeStep(
      live,
      place,
      entries.map((entry) => shownRecord(live.conversationId, entry)),
      [],
    );
  }).finally(() => {
    place.pending = undefined;
  });
  return place.pending;
}

/** Whether there is anything after `place`, without making a frame of it. */
function hasNews(live: Live, place: Position): boolean {
  if (live.head > place.seq) return true;
  for (const block of live.open.values())
    if (block.length > (place.offsets.get(block.block) ?? 0)) return true;
  return false;
}

export interface ViewerOptions {
  readonly live: Live;
  readonly log: ConversationLog;
  readonly gate: Gate;
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
}: ViewerOptions): Pick<Viewer, "next" | "take" | "whenReady" | "close" | "cursor" | "conversationId"> {
  let place = from;
  let closed = false;
  let waiting: ((more: boolean) => void) | undefined;
  const look = (): void => {
    const over = closed || live.ended !== undefined;
    if (!over && !hasNews(live, place)) {
      live.onceChanged(look);
      return;
    }
    const run = waiting;
    waiting = undefined;
    run?.(!over);
  };
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
        if (!closed && !live.ended) await live.changed();
      }
    },
    take() {
      if (closed || live.ended || !inTail(live, place)) return undefined;
      const step = stepFrom(live, place);
      if (step) place = step.end;
      return step?.frame;
    },
    whenReady(run) {
      waiting = run;
      look();
    },
    close() {
      if (closed) return;
      closed = true;
      live.wake();
      onClose();
    },
  };
}
