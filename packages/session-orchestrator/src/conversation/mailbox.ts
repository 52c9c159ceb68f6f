/**
 * The mailbox of a conversation: one command after another, each a pure decision, one atomic append, then shown. Nobody
 * else appends, so there is one writer and one head.
 */
import { dispatchError, isDispatchError, type LogRecord, type NewRecord } from "@dispatch/wire";
import type { Live } from "../hub/live.ts";
import type { GrowingBlock } from "../hub/open-blocks.ts";
import { shownRecord } from "../hub/shown.ts";
import type { BlockIncrement, ConversationLog, IdempotencyRow, LogBatch, LogEntry } from "../ports/log.ts";
import { foldState } from "./fold-state.ts";
import { changedRow } from "./row.ts";
import type { ConversationState } from "./state.ts";

export interface Decision<T> {
  /** Empty: nothing is written but the idempotency row. */
  readonly records: readonly NewRecord[];
  /** On disk before the answer. */
  readonly sync: boolean;
  /** Stored with the records, in the same batch; made from them as they will stand. */
  readonly idempotency?: ((entries: readonly LogEntry[]) => IdempotencyRow | undefined) | undefined;
  /** More checkpointed blocks to remove: those a crash left open. */
  readonly sealed?: readonly string[] | undefined;
  /** Answer, once stored; given the stored records. */
  readonly answer: (records: readonly LogRecord[]) => T;
}

export interface Mailbox {
  readonly state: ConversationState;
  /** Decides and appends in turn. Rejects with what `decide` throws, or `store-failed`. */
  run<T>(decide: (state: ConversationState) => Decision<T>): Promise<T>;
  /** Writes the unsaved text of open blocks, not synced. */
  checkpoint(): Promise<void>;
  /** Resolves when everything asked so far is done. */
  idle(): Promise<void>;
}

export interface MailboxOptions {
  readonly log: ConversationLog;
  readonly live: Live;
  readonly fence: number;
  readonly state: ConversationState;
  readonly now: () => number;
  /** An append was refused. It may be stored all the same, so what is in memory counts no more. */
  readonly onFailed: () => void;
  /** After records were stored and shown. */
  readonly onAppended: (
    before: ConversationState,
    after: ConversationState,
    records: readonly LogRecord[],
    sizes: readonly number[],
  ) => void;
}

/** A state row of every batch is at most this long, UTF-16 code units; a longer one is written every so many records. */
const stateRowLength = 4_096;
const largeStateEvery = 200;

export function createMailbox({
  log,
  live,
  fence,
  state: initial,
  now,
  onAppended,
  onFailed,
}: MailboxOptions): Mailbox {
  let state = initial;
  let last: Promise<unknown> = Promise.resolve();
  let savedAt = initial.head;
  const base = () => ({
    conversationId: live.conversationId,
    fence,
    expectedHead: state.head,
    ...(state.head === 0 ? { epoch: live.epoch } : {}),
  });

  async function append<T>(decision: Decision<T>): Promise<T> {
    const { records: fresh, sync, idempotency, answer } = decision;
    if (fresh.length === 0) {
      const row = idempotency?.([]);
      if (row && state.head > 0) await write({ ...base(), entries: [], idempotency: row, sync });
      return answer([]);
    }
    const before = state;
    const ts = now();
    let after = before;
    const records: LogRecord[] = [];
    for (const record of fresh) {
      const numbered = { seq: after.head + 1, ts, ...record } as LogRecord;
      records.push(numbered);
      after = foldState(after, numbered);
    }
    const entries = records.map((record) => ({ seq: record.seq, json: JSON.stringify(record) }));
    const sealed = [...(decision.sealed ?? []), ...sealedBy(live, records)];
    const running =
      (before.running === undefined) === (after.running === undefined)
        ? undefined
        : after.running !== undefined;
    await write({
      ...base(),
      entries,
      ...checkpointOf(after),
      row: changedRow(before, after),
      running,
      idempotency: idempotency?.(entries),
      sealed,
      sync,
    });
    state = after;
    live.publish(
      entries.map((entry, index) => shownRecord(live.conversationId, entry, records[index], live.open)),
    );
    onAppended(
      before,
      after,
      records,
      entries.map((entry) => entry.json.length),
    );
    return answer(records);
  }

  async function write(batch: LogBatch): Promise<void> {
    try {
      await log.append(batch);
    } catch (error) {
      onFailed();
      if (isDispatchError(error)) throw error;
      throw dispatchError("store-failed", "The store refused a write.", { cause: error });
    }
  }

  /** The state with the batch, unless it is large: then now and then, and the log is folded on from it. */
  function checkpointOf(after: ConversationState): { state?: string } {
    const json = JSON.stringify(after);
    const due = json.length <= stateRowLength || after.head - savedAt >= largeStateEvery || !after.running;
    if (!due) return {};
    savedAt = after.head;
    return { state: json };
  }

  async function saveBlocks(): Promise<void> {
    const unsaved = [...live.open.values()].filter((block) => block.saved < block.length);
    if (unsaved.length === 0 || state.head === 0) return;
    const ends = unsaved.map((block) => block.length);
    await log.append({ ...base(), entries: [], increments: unsaved.map(incrementOf), sync: false });
    unsaved.forEach((block, index) => {
      block.saved = ends[index] ?? block.saved;
    });
  }

  function enqueue<T>(job: () => Promise<T>): Promise<T> {
    const done = last.then(job);
    last = done.then(nothing, nothing);
    return done;
  }

  return {
    get state() {
      return state;
    },
    run: (decide) =>
      enqueue(async () => {
        refuseEnded(live);
        return append(decide(state));
      }),
    checkpoint: () => enqueue(saveBlocks),
    idle: () => last.then(nothing),
  };
}

const nothing = (): void => undefined;

function refuseEnded({ ended, conversationId }: Live): void {
  if (ended === "deleted") throw dispatchError("conversation-not-found", `${conversationId} was deleted.`);
  if (ended === "failed")
    throw dispatchError("store-failed", `The store refused a write of ${conversationId}.`);
}

/** Checkpointed blocks which these records seal or void. */
function sealedBy(live: Live, records: readonly LogRecord[]): string[] {
  const sealed: string[] = [];
  for (const record of records) {
    if (record.type === "text" || record.type === "reasoning") sealed.push(record.block);
    else if (record.type === "tool-result") sealed.push(record.callId);
    else if (record.type === "attempt-superseded") sealed.push(...record.blocks, ...record.callIds);
    else if (record.type === "turn-sealed") sealed.push(...live.open.keys());
  }
  return sealed.filter((block) => (live.open.get(block)?.saved ?? 1) > 0);
}

function incrementOf(block: GrowingBlock): BlockIncrement {
  const { block: id, kind, messageId, turnId, stepId, continues, saved } = block;
  const meta = saved === 0 ? { meta: JSON.stringify({ kind, messageId, turnId, stepId, continues }) } : {};
  return { block: id, at: saved, text: block.from(saved, Number.MAX_SAFE_INTEGER), ...meta };
}
