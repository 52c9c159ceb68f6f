/** Sealing a cut turn: what it lacks is appended, then its end, as one synced batch. */
import { addUsage, type DoneReason, type LogRecord, noUsage, type Usage } from "@dispatch/wire";
import type { Conversation } from "../conversation/conversation.ts";
import { sealTurn } from "../conversation/decide.ts";
import type { RunningTurn } from "../conversation/state.ts";
import type { Core } from "../core.ts";
import type { BlockCheckpoint } from "../ports/log.ts";
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
}

/** Reads the running turn's records; work in the size of that turn. */
export async function readCut(
  core: Core,
  conversation: Conversation,
  running: RunningTurn,
): Promise<CutTurn> {
  const { id } = conversation;
  const records: LogRecord[] = [];
  for (let after = running.firstSeq - 1; after < conversation.state.head; ) {
    const { entries } = await core.log.read(id, after, { limit: 1_000 });
    const last = entries.at(-1);
    if (!last) break;
    for (const entry of entries) records.push(JSON.parse(entry.json) as LogRecord);
    after = last.seq;
  }
  const usage = records.reduce(
    (sum, record) => (record.type === "step-complete" ? addUsage(sum, record.usage) : sum),
    noUsage,
  );
  const lastAt = records.at(-1)?.ts ?? running.startedAt;
  return { running, records, blocks: await core.log.blocks(id), usage, lastAt };
}

/** Ends it. Nothing when it was sealed meanwhile. */
export async function sealCut(
  conversation: Conversation,
  { running, records, blocks, usage, lastAt }: CutTurn,
  end: { readonly reason: DoneReason; readonly detail?: string },
): Promise<void> {
  const { turnId, startedAt } = running;
  await conversation.mailbox.run((state) => {
    const seal = sealTurn(state, {
      turnId,
      ...end,
      usage,
      durationMs: lastAt - startedAt,
      closing: conversation.closing,
    });
    return {
      records:
        seal.length === 0
          ? []
          : [...voidUnsaved(turnId, records, blocks), ...reconcile(turnId, records, blocks), ...seal],
      sealed: blocks.map(({ block }) => block),
      sync: true,
      answer: () => undefined,
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
