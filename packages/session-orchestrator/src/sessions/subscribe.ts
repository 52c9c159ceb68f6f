/** Subscribing: from a cursor to a viewer, or a snapshot of one instant and a viewer behind it. */
import { beginning, type Cursor, decodeCursor, type Snapshot, type TurnError } from "@dispatch/wire";
import type { Conversation } from "../conversation/conversation.ts";
import type { Live } from "../hub/live.ts";
import { cursorOf, type Position, position } from "../hub/position.ts";
import { checkOf } from "../hub/shown.ts";
import { createViewer } from "../hub/viewer.ts";
import type { SubscribeOptions, Viewer } from "../ports/sessions.ts";
import { waitsFor } from "../turn/waits-for.ts";
import { lastError } from "./last-error.ts";
import { newest } from "./messages.ts";
import { viewOf } from "./meta.ts";
import type { Parts } from "./parts.ts";

export const subscribe = (parts: Parts, id: string, options: SubscribeOptions): Promise<Viewer> =>
  parts.conversations.use(id, async (conversation) => {
    const { core, conversations } = parts;
    const { live } = conversation;
    const unpin = conversations.pin(conversation);
    const attach = (from: Position) =>
      createViewer({ live, log: core.log, gate: core.gate, from, onClose: unpin });
    try {
      const from = await replayFrom(parts, conversation, options);
      if (from) return Object.assign(attach(from), { mode: "replay" as const });
      const { snapshot, place } = await takeSnapshot(parts, conversation, options.window);
      return Object.assign(attach(place), { mode: "snapshot" as const, snapshot });
    } catch (error) {
      unpin();
      throw error;
    }
  });

/** The position of a cursor that can be honoured. */
async function replayFrom(
  parts: Parts,
  conversation: Conversation,
  options: SubscribeOptions,
): Promise<Position | undefined> {
  const { after } = options;
  if (after === undefined) return undefined;
  if (after === beginning) return position(0, "0");
  const cursor = decodeCursor(after);
  if (!cursor || cursor.epoch !== conversation.live.epoch) return undefined;
  if (!(await isKnown(parts, conversation, cursor))) return undefined;
  if (!options.unbounded && !(await isNear(parts, conversation, cursor.seq))) return undefined;
  return position(cursor.seq, cursor.check, cursor.blocks);
}

/** The record at the cursor is the one its holder saw. */
async function isKnown(
  { core }: Parts,
  { id, live }: Conversation,
  { seq, check }: Cursor,
): Promise<boolean> {
  if (seq === 0) return check === "0";
  if (seq > live.head) return false;
  if (seq === live.head) return check === live.check;
  const held = live.tail.find((record) => record.seq === seq);
  if (held) return check === held.check;
  const { entries } = await core.gate(() => core.log.read(id, seq - 1, { limit: 1 }));
  const [entry] = entries;
  return entry?.seq === seq && checkOf(entry.json) === check;
}

/** Not so far behind that a snapshot is the better answer. */
async function isNear({ core }: Parts, { id, live }: Conversation, seq: number): Promise<boolean> {
  const { replayRecords, replayBytes } = core.limits;
  if (live.head - seq > replayRecords) return false;
  if (live.head - seq <= live.tail.length) return true;
  const { hasMore } = await core.gate(() =>
    core.log.read(id, seq, { limit: replayRecords, maxBytes: replayBytes }),
  );
  return !hasMore;
}

/** Head and open blocks are taken in one tick; then only records up to that head are read. */
async function takeSnapshot(
  parts: Parts,
  conversation: Conversation,
  window = parts.core.limits.snapshotMessages,
): Promise<{ snapshot: Snapshot; place: Position }> {
  const { core } = parts;
  const { live, state } = conversation;
  const blocks = [...live.open.values()].map(
    ({ block, kind, messageId, turnId, stepId, continues, from }) => ({
      block,
      kind,
      messageId,
      turnId,
      stepId,
      ...(continues === undefined ? {} : { continues }),
      text: from(0, Number.MAX_SAFE_INTEGER),
    }),
  );
  const place = live.now();
  const view = viewOf(parts, conversation);
  const tools = [...live.tools.values()];
  const approvals = [...live.approvals.values()];
  const { retry, stalledMs } = live;
  const { running, queue, held } = state;
  const failure = errorNow(parts, conversation);
  const waits = waitingFor(core, live);
  const { items, hasMore } = await newest(parts.core.log, conversation, { limit: window, upTo: place.seq });
  const error = await failure;
  return {
    place,
    snapshot: {
      conversation: view,
      messages: items,
      hasMore,
      ...(running && {
        running: {
          turnId: running.turnId,
          model: running.model,
          attempt: running.attempt,
          ...(running.stepId === undefined ? {} : { stepId: running.stepId }),
          blocks,
          tools,
          ...(retry === undefined ? {} : { retry }),
          ...waits,
          ...(stalledMs === undefined ? {} : { stalledMs }),
        },
      }),
      queue: [...queue],
      held,
      approvals,
      ...(error && { error }),
      seq: place.seq,
      cursor: cursorOf(live.epoch, place),
    },
  };
}

/** Kept by the conversation while it is in memory; read when it was loaded since. */
async function errorNow(parts: Parts, conversation: Conversation): Promise<TurnError | undefined> {
  const { live, state } = conversation;
  const { lastError: code, running, lastTurn } = state;
  const turnId = running?.turnId ?? lastTurn?.turnId;
  if (live.error || code === undefined || turnId === undefined) return live.error;
  return lastError(parts, conversation, turnId);
}

/** What the turn waits for, when it is not the provider or a tool. A retry is told in a field of its own. */
function waitingFor(core: Parts["core"], live: Live): { waiting?: string } {
  const waiting = waitsFor(live, core.now(), core.isWaiting);
  return waiting === undefined || waiting === "retry" ? {} : { waiting };
}
