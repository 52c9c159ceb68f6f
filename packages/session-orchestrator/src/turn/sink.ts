/** The sink of a running turn: records to the mailbox, live text to the hub, saved now and then. */
import type { RedactionStream, TurnDelta, TurnSink } from "@dispatch/kernel";
import { assistantMessageId, type NewRecord, toolMessageId } from "@dispatch/wire";
import type { Conversation } from "../conversation/conversation.ts";
import { continueTurn } from "../conversation/decide.ts";
import type { ConversationState } from "../conversation/state.ts";
import type { Core } from "../core.ts";
import type { BlockStart } from "../hub/open-blocks.ts";
import { deliver } from "../queue/decide.ts";
import { createCheckpoints } from "./checkpoints.ts";

const synced = new Set<NewRecord["type"]>(["tool-start", "tool-result", "steering"]);

/** Tool intents and results are on disk before the turn goes on; the rest survives a kill of the process. */
export function commit(
  conversation: Conversation,
  turnId: string,
  records: readonly NewRecord[],
): Promise<void> {
  return conversation.mailbox.run((state) => ({
    records: continueTurn(
      state,
      turnId,
      records.flatMap((record) => (record.type === "steering" ? delivered(state, record) : [record])),
    ),
    sync: records.some((record) => synced.has(record.type)),
    answer: () => undefined,
  }));
}

/** Steering is taken out of the queue as it stands in this very tick, with all that its items hold. */
const delivered = (state: ConversationState, { messages, stepId }: Steering): NewRecord[] =>
  deliver(
    state,
    messages.map(({ messageId }) => messageId),
    stepId,
  );

type Steering = Extract<NewRecord, { type: "steering" }>;

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
  const streams = new Map<string, { start: BlockStart; stream: RedactionStream }>();

  function grow(start: BlockStart, text: string): void {
    if (text === "" || (start.kind === "tool-output" && !live.tools.has(start.block))) return;
    live.grow(start, text);
    checkpoints.grown(text.length);
  }

  /** Shows what was held back of a block that ends with these records, and takes secrets out of them. */
  function cleaned(record: NewRecord): NewRecord {
    const block =
      "block" in record ? record.block : record.type === "tool-result" ? record.callId : undefined;
    const open = block === undefined ? undefined : streams.get(block);
    if (open && block !== undefined) {
      grow(open.start, open.stream.end());
      streams.delete(block);
    }
    const json = JSON.stringify(record);
    const clean = core.redaction.text(json);
    return clean === json ? record : (JSON.parse(clean) as NewRecord);
  }

  return {
    progress() {
      live.progressAt = core.now();
    },
    delta({ kind, block, stepId, continues, text }: TurnDelta) {
      live.progressAt = core.now();
      let open = streams.get(block);
      if (!open) {
        const messageId = kind === "tool-output" ? toolMessageId(stepId) : assistantMessageId(stepId);
        const start = { block, kind, messageId, turnId, stepId, continues };
        open = { start, stream: core.redaction.stream() };
        streams.set(block, open);
      }
      grow(open.start, open.stream.push(text));
    },
    commit: async (records) => {
      if (!dropping()) await commit(conversation, turnId, records.map(cleaned));
    },
    stop: checkpoints.stop,
  };
}
