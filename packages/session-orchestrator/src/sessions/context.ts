/** What the model is sent: shown, warmed, compacted, reset. All of it appends, so all of it can be read back. */
import type { ModelMessage } from "@dispatch/kernel";
import {
  type ConversationView,
  dispatchError,
  isDispatchError,
  type NewRecord,
  type Usage,
} from "@dispatch/wire";
import type { Context } from "../context/context.ts";
import { freezeNow, sideRequest } from "../context/requests.ts";
import type { Conversation } from "../conversation/conversation.ts";
import { endCompaction, resetContext, startCompaction, undoCompaction } from "../conversation/decide.ts";
import { conversationCompacted, conversationCompactionFailed, warmCompleted } from "../ports/hooks.ts";
import type { CompactOptions, ContextAnswer, WarmAnswer } from "../ports/sessions.ts";
import { endAndAppend } from "./end.ts";
import { viewOf } from "./meta.ts";
import type { Parts } from "./parts.ts";

/** What the model would be sent now, by the same plan as a turn's. */
export const context = ({ core, conversations }: Parts, id: string): Promise<ContextAnswer> =>
  conversations.use(id, async (conversation) => {
    const { model, system, tools } = await freezeNow(core, conversation, "turn");
    const held = await conversation.context();
    return {
      model: model.id,
      ...(system === undefined ? {} : { system }),
      messages: held.messages().map(withoutProviderData),
      tools: tools.map(({ spec }) => spec),
    };
  });

/** What providers want back is theirs: it is not shown. */
const withoutProviderData = (message: ModelMessage): ModelMessage => ({
  ...message,
  chunks: message.chunks.map(({ providerData: _hidden, ...chunk }) => chunk),
});

/** Repeats the real prefix for a one-token answer, so that the provider's cache stays warm. Stores nothing. */
export const warm = ({ core, conversations }: Parts, id: string): Promise<WarmAnswer> =>
  conversations.use(id, async (conversation) => {
    if (conversation.running) {
      const { turnId } = conversation.running;
      throw dispatchError(
        "conversation-busy",
        `Turn ${turnId} is running in ${id}: it keeps the cache warm itself.`,
        { data: { turnId } },
      );
    }
    const held = await conversation.context();
    const { usage } = await sideRequest(core, conversation, {
      purpose: "warm",
      messages: held.messages(),
      ask: "Reply with: ok",
      maxOutputTokens: 1,
    });
    core.emit(warmCompleted, { conversationId: id, usage });
    return { usage, cachePercent: cachePercent(usage) };
  });

const cachePercent = ({ inputTokens, cacheReadTokens = 0 }: Usage): number =>
  inputTokens === 0 ? 0 : Math.round(Math.min(Math.max(cacheReadTokens / inputTokens, 0), 1) * 100);

/** Aborts and seals a running turn, then starts an empty context. Settings and the old text stay. */
export const reset = (parts: Parts, id: string): Promise<ConversationView> =>
  parts.conversations.use(id, async (conversation) => {
    const appended = await endAndAppend(parts, conversation, resetContext);
    // A turn that does not stop: refused for it.
    if (!appended) resetContext(conversation.state);
    return viewOf(parts, conversation);
  });

const charsPerToken = 4;
const defaultKeepTokens = 20_000;

/** Summarises what is old, keeps what is recent. A turn that starts meanwhile loses nothing: only a record is added. */
export const compact = (parts: Parts, id: string, options: CompactOptions): Promise<ConversationView> =>
  parts.conversations.use(id, async (conversation) => {
    const { core } = parts;
    const held = await conversation.context();
    // What is summarised and what is kept are taken in the tick of the start: no turn runs, so no call is open.
    const start = await conversation.mailbox.run((state) => ({
      records: startCompaction(state),
      sync: true,
      answer: ([stored]) => ({ seq: stored?.seq ?? 0, kept: held.kept(), messages: held.messages() }),
    }));
    const end = await endOf(parts, conversation, start, options).catch((error: unknown): CompactionEnd => {
      core.logger.error("a compaction failed", { conversationId: id, error: String(error) });
      const failure = {
        code: "internal",
        message: "The conversation could not be compacted.",
        retryable: true,
      };
      return { type: "compaction-failed", error: failure };
    });
    const ended = await conversation.mailbox.run((state) => ({
      records: endCompaction(state, start.seq, end),
      sync: true,
      answer: ([stored]) => stored,
    }));
    if (ended?.type === "compacted") core.emit(conversationCompacted, { conversationId: id, seq: ended.seq });
    if (ended?.type === "compaction-failed")
      core.emit(conversationCompactionFailed, { conversationId: id, code: ended.error.code });
    return viewOf(parts, conversation);
  });

type CompactionEnd = Extract<NewRecord, { type: "compacted" | "compaction-failed" }>;

interface CompactionStart {
  readonly seq: number;
  readonly kept: ReturnType<Context["kept"]>;
  readonly messages: readonly ModelMessage[];
}

async function endOf(
  { core }: Parts,
  conversation: Conversation,
  { seq, kept, messages }: CompactionStart,
  { keepTokens = defaultKeepTokens, instructions }: CompactOptions,
): Promise<CompactionEnd> {
  const keepFrom = keepFromOf(kept, seq + 1, keepTokens);
  const ask = `Summarise this conversation so that the work can go on from your summary alone: goals, decisions, facts, files, what is open.${instructions === undefined ? "" : ` ${instructions}`}`;
  try {
    const { text, usage } = await sideRequest(core, conversation, { purpose: "compact", messages, ask });
    if (text.trim() !== "") return { type: "compacted", keepFrom, summary: text, usage };
  } catch (error) {
    if (conversation.live.ended) throw error;
    const code = isDispatchError(error) ? error.code : "internal";
    core.logger.warn("a summary could not be made; the conversation is compacted without one", {
      conversationId: conversation.id,
      code,
    });
  }
  return { type: "compacted", keepFrom, summary: listOfRequests(messages), fallback: true };
}

/** The seq from which messages are kept: as many recent ones as fit, never a result without its call. */
function keepFromOf(kept: CompactionStart["kept"], end: number, tokens: number): number {
  let left = tokens * charsPerToken;
  let from = end;
  for (const { seq, message } of [...kept].reverse()) {
    left -= JSON.stringify(message).length;
    if (left < 0) break;
    if (message.role !== "tool") from = seq;
  }
  return from;
}

const longestFallback = 12_000;

/** Without a model: the summary in force, and what the user asked for since, the newest if it does not fit. */
function listOfRequests(messages: readonly ModelMessage[]): string {
  const textOf = ({ chunks }: ModelMessage) =>
    chunks.map((chunk) => ("text" in chunk ? chunk.text : "")).join(" ");
  const before = messages.filter(({ role }) => role === "system").map(textOf);
  const asked = messages
    .filter(({ role }) => role === "user")
    .map((message) => `- ${textOf(message).replaceAll(/\s+/g, " ").slice(0, 300)}`);
  const list = asked.join("\n");
  return [
    ...before.map((text) => text.slice(0, longestFallback)),
    `The user asked, in this order:\n${list.slice(-longestFallback)}`,
  ].join("\n\n");
}

/** The context starts where it did before the last compaction. */
export const undoCompact = (parts: Parts, id: string): Promise<ConversationView> =>
  parts.conversations.use(id, async (conversation) => {
    await conversation.mailbox.run((state) => ({
      records: undoCompaction(state),
      sync: true,
      answer: () => undefined,
    }));
    return viewOf(parts, conversation);
  });
