/** Recovery: a turn without its end, found when its conversation is loaded, is repaired in place and sealed. */
import { addUsage, type LogRecord, noUsage } from "@dispatch/wire";
import type { Core } from "../core.ts";
import type { Conversation } from "./conversation.ts";
import { sealTurn } from "./decide.ts";
import { reconcile } from "./reconcile.ts";
import type { RunningTurn } from "./state.ts";

/** Appends what the cut turn lacks and its end, as one synced batch. */
export async function repairTurn(
  core: Core,
  conversation: Conversation,
  running: RunningTurn,
): Promise<void> {
  const { id } = conversation;
  const records: LogRecord[] = [];
  for (let after = running.firstSeq - 1; after < conversation.state.head; ) {
    const { entries } = await core.log.read(id, after, { limit: 1_000 });
    const last = entries.at(-1);
    if (!last) break;
    for (const entry of entries) records.push(JSON.parse(entry.json) as LogRecord);
    after = last.seq;
  }
  const blocks = await core.log.blocks(id);
  const usage = records.reduce(
    (sum, record) => (record.type === "step-complete" ? addUsage(sum, record.usage) : sum),
    noUsage,
  );
  const { turnId, startedAt } = running;
  await conversation.mailbox.run((state) => ({
    records: [
      ...reconcile(turnId, records, blocks),
      ...sealTurn(state, {
        turnId,
        reason: "interrupted",
        detail: "The server stopped in the middle of this turn.",
        usage,
        durationMs: (records.at(-1)?.ts ?? startedAt) - startedAt,
        closing: false,
      }),
    ],
    sealed: blocks.map(({ block }) => block),
    sync: true,
    answer: () => undefined,
  }));
  core.logger.info("sealed an interrupted turn", { conversationId: id, turnId });
}

/** A compaction that a crash left open is said to have failed: the context is as it was. */
export const endCompaction = (conversation: Conversation): Promise<void> =>
  conversation.mailbox.run(({ compacting }) => ({
    records: compacting ? [{ type: "compaction-failed", error: interruptedCompaction }] : [],
    sync: true,
    answer: () => undefined,
  }));

const interruptedCompaction = {
  code: "interrupted",
  message: "The server stopped during the compaction.",
  retryable: true,
};

/** At boot: every conversation that was running is loaded, which repairs it. A few at a time. */
export async function recoverAll(core: Core, load: (id: string) => Promise<unknown>): Promise<number> {
  const ids = [...(await core.log.running())];
  const total = ids.length;
  const worker = async (): Promise<void> => {
    for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
      await load(id).catch((error: unknown) => {
        core.logger.error("could not repair an interrupted turn", {
          conversationId: id,
          error: String(error),
        });
      });
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  return total;
}
