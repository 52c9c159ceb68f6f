/** What the model is sent: shown, warmed, compacted, reset. All of it appends, so all of it can be read back. */
import type { ModelMessage } from "@dispatch/kernel";
import { type ConversationView, dispatchError, isDispatchError, type Usage } from "@dispatch/wire";
import { freezeNow, sideRequest } from "../context/requests.ts";
import type { Conversation } from "../conversation/conversation.ts";
import { resetContext, startCompaction, undoCompaction } from "../conversation/decide.ts";
import { conversationCompacted, warmCompleted } from "../ports/hooks.ts";
import type { CompactOptions, ContextAnswer, WarmAnswer } from "../ports/sessions.ts";
import { abortRunning } from "./end.ts";
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
    const { usage } = await sideRequest(core, conversation, {
      purpose: "warm",
      ask: "Reply with: ok",
      maxOutputTokens: 1,
      signal: new AbortController().signal,
    });
    core.emit(warmCompleted, { conversationId: id, usage });
    return { usage, cachePercent: cachePercent(usage) };
  });

const cachePercent = ({ inputTokens, cacheReadTokens = 0 }: Usage): number =>
  inputTokens === 0 ? 0 : Math.round(Math.min(Math.max(cacheReadTokens / inputTokens, 0), 1) * 100);

/** Aborts and seals a running turn, then starts an empty context. Settings and the old text stay. */
export const reset = (parts: Parts, id: string): Promise<ConversationView> =>
  parts.conversations.use(id, async (conversation) => {
    await abortRunning(parts, conversation);
    await conversation.mailbox.run((state) => ({
      records: resetContext(state),
      sync: true,
      answer: () => undefined,
    }));
    return viewOf(parts, conversation);
  });

const charsPerToken = 4;
const keepTokens = 20_000;

/** Summarises what is old, keeps what is recent. A turn that starts meanwhile loses nothing: only a record is added. */
export const compact = (parts: Parts, id: string, options: CompactOptions): Promise<ConversationView> =>
  parts.conversations.use(id, async (conversation) => {
    const { core } = parts;
    await conversation.mailbox.run((state) => ({
      records: startCompaction(state),
      sync: true,
      answer: () => undefined,
    }));
    const keepFrom = await keepFromOf(conversation, options.keepTokens ?? keepTokens);
    const record = await summarise(parts, conversation, options);
    const seq = await conversation.mailbox.run(() => ({
      records: [{ type: "compacted", keepFrom, ...record }],
      sync: true,
      answer: ([stored]) => stored?.seq ?? 0,
    }));
    core.emit(conversationCompacted, { conversationId: id, seq });
    return viewOf(parts, conversation);
  });

/** The seq from which messages are kept: as many recent ones as fit, never a result without its call. */
async function keepFromOf(conversation: Conversation, tokens: number): Promise<number> {
  const kept = (await conversation.context()).kept();
  let left = tokens * charsPerToken;
  let from = conversation.state.head + 1;
  for (let index = kept.length - 1; index >= 0; index--) {
    const { seq, message } = kept[index] ?? { seq: 0, message: undefined };
    left -= JSON.stringify(message).length;
    if (left < 0) break;
    if (message?.role !== "tool") from = seq;
  }
  return from;
}

async function summarise(
  { core }: Parts,
  conversation: Conversation,
  { instructions }: CompactOptions,
): Promise<{ summary: string; usage?: Usage; fallback?: boolean }> {
  const ask = `Summarise this conversation so that the work can go on from your summary alone: goals, decisions, facts, files, what is open.${instructions === undefined ? "" : ` ${instructions}`}`;
  try {
    const { text, usage } = await sideRequest(core, conversation, {
      purpose: "compact",
      ask,
      signal: new AbortController().signal,
    });
    if (text.trim() !== "") return { summary: text, usage };
  } catch (error) {
    const code = isDispatchError(error) ? error.code : "internal";
    core.logger.warn("a summary could not be made; the conversation is compacted without one", {
      conversationId: conversation.id,
      code,
    });
  }
  return { summary: await listOfRequests(conversation), fallback: true };
}

/** Without a model: what the user asked for, in order. */
async function listOfRequests(conversation: Conversation): Promise<string> {
  const asked = (await conversation.context()).messages().filter(({ role }) => role === "user");
  const lines = asked.map(({ chunks }) =>
    chunks.map((chunk) => ("text" in chunk ? chunk.text : "")).join(" "),
  );
  return `The user asked, in this order:\n${lines.map((line) => `- ${line.replaceAll(/\s+/g, " ").slice(0, 300)}`).join("\n")}`;
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
