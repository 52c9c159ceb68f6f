/** The sink of a running turn: records to the mailbox, live text to the hub, saved now and then. */
import type { TurnDelta, TurnSink } from "@dispatch/kernel";
import { assistantMessageId, type NewRecord, toolMessageId } from "@dispatch/wire";
import type { Conversation } from "../conversation/conversation.ts";
import { continueTurn } from "../conversation/decide.ts";
import type { Core } from "../core.ts";
import { createCheckpoints } from "./checkpoints.ts";

const synced = new Set<NewRecord["type"]>(["tool-start", "tool-result", "steering"]);

/** Tool intents and results are on disk before the turn goes on; the rest survives a kill of the process. */
export function commit(
  conversation: Conversation,
  turnId: string,
  records: readonly NewRecord[],
): Promise<void> {
  return conversation.mailbox.run((state) => ({
    records: continueTurn(state, turnId, records),
    sync: records.some((record) => synced.has(record.type)),
    answer: () => undefined,
  }));
}

/** While `dropping`, nothing is appended any more: the turn is left as a crash would leave it. */
export function createSink(
  core: Core,
  conversation: Conversation,
  turnId: string,
  dropping: () => boolean,
): TurnSink & { stop(): void } {
  const { live, mailbox } = conversation;
  const checkpoints = createCheckpoints(core.limits, core.after, () => {
    mailbox.checkpoint().catch((error: unknown) => {
      core.logger.warn("text of a running turn could not be saved", {
        conversationId: live.conversationId,
        error: String(error),
      });
    });
  });
  return {
    delta({ kind, block, stepId, continues, text }: TurnDelta) {
      if (kind === "tool-output" && !live.tools.has(block)) return;
      const messageId = kind === "tool-output" ? toolMessageId(stepId) : assistantMessageId(stepId);
      live.grow({ block, kind, messageId, turnId, stepId, continues }, text);
      checkpoints.grown(text.length);
    },
    commit: async (records) => {
      if (!dropping()) await commit(conversation, turnId, records);
    },
    stop: checkpoints.stop,
  };
}
