/** Sealing a cut turn: what it lacks is appended, then its end, as one synced batch. */
import type { DoneReason, LogRecord, Usage } from "@dispatch/wire";
import type { Conversation } from "../conversation/conversation.ts";
import { sealTurn } from "../conversation/decide.ts";
import type { RunningTurn } from "../conversation/state.ts";
import type { Core } from "../core.ts";
import { turnSettled } from "../ports/hooks.ts";
import type { BlockCheckpoint } from "../ports/log.ts";
import { usageOf } from "./earlier-attempts.ts";
import { reconcile } from "./reconcile.ts";
import { voidUnsaved } from "./resumption.ts";

/** A turn without its end, as the store has it. */
export interface CutTurn {
  readonly running: RunningTurn;
  readonly records: readonly LogRecord[];
  readonly blocks: readonly BlockCheckpoint[];
  /** Of its complete steps. */
  readonly usage: Usage;
  /** Unix ms of its last record. */
  readonly lastAt: number;
  /** Seq of the last record read: what this says holds as long as it is the head. */
  readonly head: number;
}

/** Reads the running turn's records; work in the size of that turn. */
export async function readCut(
  core: Core,
  conversation: Conversation,
  running: RunningTurn,
): Promise<CutTurn> {
  const { id } = conversation;
  const records: LogRecord[] = [];
  let head = running.firstSeq - 1;
  while (head < conversation.state.head) {
    const { entries } = await core.log.read(id, head, { limit: 1_000 });
    const last = entries.at(-1);
    if (!last) break;
    for (const entry of entries) records.push(JSON.parse(entry.json) as LogRecord);
    head = last.seq;
  }
  const usage = usageOf(records);
  const lastAt = records.at(-1)?.ts ?? running.startedAt;
  return { running, records, blocks: await core.log.blocks(id), usage, lastAt, head };
}

export interface CutEnd {
  readonly reason: DoneReason;
  readonly detail?: string;
  /** Asked in the tick of the write: false leaves the turn as it is. Default: always true. */
  readonly still?: () => boolean;
}

/** Ends it. Nothing when it was sealed or resumed meanwhile. */
export async function sealCut(
  core: Core,
  conversation: Conversation,
  cut: CutTurn,
  end: CutEnd,
): Promise<void> {
  for (let now = cut; !(await trySeal(core, conversation, now, end)); )
    now = await readCut(core, conversation, cut.running);
}

/** False when the log went on since the turn was read: what it lacks may be another thing now. */
function trySeal(
  core: Core,
  conversation: Conversation,
  { running, records, blocks, usage, lastAt, head }: CutTurn,
  { still = () => true, ...end }: CutEnd,
): Promise<boolean> {
  const { turnId, startedAt } = running;
  return conversation.mailbox.run((state) => {
    const seal =
      conversation.running || !still()
        ? []
        : sealTurn(state, {
            turnId,
            ...end,
            usage,
            durationMs: lastAt - startedAt,
            closing: conversation.closing,
          });
    const stale = seal.length > 0 && state.head !== head;
    if (stale || seal.length === 0) return { records: [], sync: false, answer: () => !stale };
    return {
      records: [...voidUnsaved(turnId, records, blocks), ...reconcile(turnId, records, blocks), ...seal],
      sealed: blocks.map(({ block }) => block),
      sync: true,
      answer: () => {
        core.emit(turnSettled, { conversationId: conversation.id, turnId, reason: end.reason, usage });
        return true;
      },
    };
  });
}

/** A compaction that a crash left open is said to have failed: the context is as it was. */
export const endCompaction = (conversation: Conversation): Promise<void> =>
  conversation.mailbox.run(({ compacting }) => ({
    records: compacting !== undefined ? [{ type: "compaction-failed", error: interruptedCompaction }] : [],
    sync: true,
    answer: () => undefined,
  }));

const interruptedCompaction = {
  code: "interrupted",
  message: "The server stopped during the compaction.",
  retryable: true,
};
