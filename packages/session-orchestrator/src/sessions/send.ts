/** Sending: admission of a message and its turn, in one synced batch, before anything is acknowledged. */
import {
  type Accepted,
  type ChatBody,
  type CreateBody,
  dispatchError,
  isDispatchError,
  type MetaPatch,
  type TurnError,
} from "@dispatch/wire";
import type { Conversation } from "../conversation/conversation.ts";
import { createConversation, creationPatch, startTurn } from "../conversation/decide.ts";
import { cursorOf, position } from "../hub/position.ts";
import { checkOf } from "../hub/shown.ts";
import type { Keyed } from "../idempotency.ts";
import { derivedUuid } from "../ids.ts";
import type { LogEntry } from "../ports/log.ts";
import type { CallContext, CreateResult, SendResult } from "../ports/sessions.ts";
import { mergedSettings, settingsIn } from "../settings.ts";
import { startTurnShell } from "../turn/run.ts";
import { checkFolder } from "./folder.ts";
import { viewOf } from "./meta.ts";
import type { Parts } from "./parts.ts";

type Receipt = Omit<SendResult, "repeated">;

export async function send(parts: Parts, body: ChatBody, call: CallContext): Promise<SendResult> {
  const { answer, repeated } = await parts.idempotency.once("chat", body, call, (keyed) =>
    admit(parts, body, keyed),
  );
  return { ...answer, repeated };
}

async function admit(parts: Parts, body: ChatBody, keyed: Keyed | undefined): Promise<Receipt> {
  const { core, conversations } = parts;
  refuseWhileStopping(parts);
  const id = body.conversationId ?? (keyed ? derivedUuid(keyed.seed) : core.ids.uuid());
  return conversations.useOrCreate(id, (conversation) => start(parts, conversation, body, keyed));
}

function refuseWhileStopping(parts: Parts): void {
  if (!parts.admitting())
    throw dispatchError("shutting-down", "Nothing new is started while the server stops.", {
      retryAfterMs: 2_000,
    });
}

/** Starts a turn in a conversation held by the caller. */
async function start(
  parts: Parts,
  conversation: Conversation,
  body: ChatBody,
  keyed?: Keyed,
): Promise<Receipt> {
  const { core, conversations } = parts;
  const { id, live } = conversation;
  const own = settingsIn(body);
  const settings = mergedSettings(own, conversation.state.settings, core.defaults);
  await checkFolder(settings.cwd);
  const model = await core.models().resolve(settings.model);
  if (settings.maxCostUsd !== undefined && !core.prices[model.id]) {
    const fix = `Set extensions.session-orchestrator.settings.prices for ${model.id} in the configuration, or leave maxCostUsd out.`;
    throw dispatchError("unknown-price", `There is no price for ${model.id}.`, { fix });
  }
  const turnId = core.ids.uuid();
  const messageId = core.ids.uuid();
  const { system, timeoutMs, maxCostUsd, approvals, env, effort, cwd, maxSteps } = settings;
  const receipt = (before: { head: number; check: string }, entries: readonly LogEntry[]): Receipt => {
    const seq = entries.find((entry) => entry.json.includes(`"messageId":"${messageId}"`))?.seq ?? 0;
    const last = entries.at(-1);
    const previous = entries.find((entry) => entry.seq === seq - 1);
    const beforeCheck = previous ? checkOf(previous.json) : before.check;
    return {
      conversationId: id,
      turnId,
      messageId,
      seq,
      before: cursorOf(live.epoch, position(seq - 1, beforeCheck)),
      cursor: cursorOf(live.epoch, position(last?.seq ?? 0, last ? checkOf(last.json) : "0")),
    };
  };
  let answer: Receipt | undefined;
  const admitted = await conversation.mailbox.run((state) => {
    refuseWhileStopping(parts);
    const before = { head: live.head, check: live.check };
    const records = startTurn(state, {
      turnId,
      messageId,
      clientMessageId: body.clientMessageId,
      text: body.message,
      attachments: body.attachments,
      creation: creationPatch({ parentId: body.parentId, workspace: body.workspace }, own),
      turn: {
        model: model.id,
        effort,
        cwd,
        ...(system === undefined ? {} : { system }),
        maxSteps,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(maxCostUsd === undefined ? {} : { maxCostUsd }),
        ...(approvals === undefined ? {} : { approvals }),
        ...(env === undefined ? {} : { env: Object.keys(env) }),
        ...(body.workspace === undefined ? {} : { workspace: body.workspace }),
      },
    });
    return {
      records,
      sync: true,
      idempotency: (entries: readonly LogEntry[]) => {
        answer = receipt(before, entries);
        return keyed?.row(answer);
      },
      // In the same tick as the append: a stop that comes next finds the turn.
      answer: () => {
        const unpin = conversations.pin(conversation);
        startTurnShell(
          core,
          conversation,
          { turnId, turn: state.turns + 1, attempt: 1, model, settings },
          { unpin, fail: () => conversations.fail(conversation) },
        );
        return answer;
      },
    };
  });
  if (!admitted) throw new Error("a turn was admitted without a record");
  return admitted;
}

/** Creates a conversation, then sends its first message if there is one; that may fail without undoing the creation. */
export async function create(parts: Parts, body: CreateBody, call: CallContext): Promise<CreateResult> {
  const { core, conversations } = parts;
  const { answer } = await parts.idempotency.once("create", body, call, async (keyed) => {
    refuseWhileStopping(parts);
    const id = body.id ?? (keyed ? derivedUuid(keyed.seed) : core.ids.uuid());
    const own = settingsIn(body);
    if (own.model !== undefined) await core.models().resolve(own.model);
    if (own.cwd !== undefined) await checkFolder(own.cwd);
    const patch: MetaPatch = creationPatch(body, own) ?? {};
    return conversations.useOrCreate(id, async (conversation) => {
      await conversation.mailbox.run((state) => ({
        records: createConversation(state, patch),
        sync: true,
        idempotency: () => keyed?.row({ id }),
        answer: () => undefined,
      }));
      return { id };
    });
  });
  return conversations.use(answer.id, async (conversation): Promise<CreateResult> => {
    const first = body.message === undefined ? {} : await firstTurn(parts, conversation, body, call);
    return { conversation: viewOf(parts, conversation), ...first };
  });
}

async function firstTurn(
  parts: Parts,
  conversation: Conversation,
  body: CreateBody,
  call: CallContext,
): Promise<{ turn: Accepted } | { turnError: TurnError }> {
  const { message = "", clientMessageId, env } = body;
  const chat: ChatBody = {
    message,
    conversationId: conversation.id,
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
    ...(env === undefined ? {} : { env }),
  };
  try {
    // Its own operation, so that a repeat of the creation repeats neither.
    const { answer } = await parts.idempotency.once("create.message", chat, call, (keyed) =>
      start(parts, conversation, chat, keyed),
    );
    const { before: _before, ...turn } = answer;
    return { turn };
  } catch (error) {
    if (!isDispatchError(error)) throw error;
    return { turnError: { code: error.code, message: error.message, retryable: false } };
  }
}
