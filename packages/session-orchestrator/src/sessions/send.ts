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
import type { Keyed } from "../idempotency.ts";
import { derivedUuid } from "../ids.ts";
import type { LogEntry } from "../ports/log.ts";
import type { CallContext, CreateResult, SendResult } from "../ports/sessions.ts";
import { settingsIn } from "../settings.ts";
import { claimAttachments, placeOf, prepareTurn } from "../turn/admission.ts";
import { startTurnShell } from "../turn/run.ts";
import { checkFolders } from "./folder.ts";
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
  const begin = (conversation: Conversation) => start(parts, conversation, body, keyed);
  const id = body.conversationId ?? (keyed && derivedUuid(keyed.seed));
  return id === undefined
    ? conversations.useNew(core.ids.uuid(), begin)
    : conversations.useOrCreate(id, begin);
}

export function refuseWhileStopping(parts: Parts): void {
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
  const { live } = conversation;
  const own = settingsIn(body);
  const { model, settings, facts } = await prepareTurn(core, conversation, own, body.workspace);
  const turnId = core.ids.uuid();
  const messageId = core.ids.uuid();
  const { message: text, clientMessageId } = body;
  const attachments = await claimAttachments(core, conversation.id, body.attachments);
  let answer: Receipt | undefined;
  const admitted = await conversation.mailbox.run((state) => {
    refuseWhileStopping(parts);
    const { check } = live;
    const records = startTurn(state, {
      turnId,
      inputs: [{ messageId, clientMessageId, text, attachments }],
      creation: creationPatch(originOf(body), own),
      turn: facts,
    });
    return {
      records,
      sync: true,
      idempotency: (entries: readonly LogEntry[]) => {
        answer = { turnId, ...placeOf(live, check, messageId, entries) };
        return keyed?.row(answer);
      },
      // In the same tick as the append: a stop that comes next finds the turn.
      answer: () => {
        const turn = state.turns + 1;
        startTurnShell(core, conversations, conversation, { turnId, turn, attempt: 1, model, settings });
        return answer;
      },
    };
  });
  if (!admitted) throw new Error("a turn was admitted without a record");
  return admitted;
}

/** Where a conversation comes from, of a message that begins it. */
const originOf = ({ parentId, parentCallId, workspace }: ChatBody) => ({ parentId, parentCallId, workspace });

/** Creates a conversation, then sends its first message if there is one; that may fail without undoing the creation. */
export async function create(parts: Parts, body: CreateBody, call: CallContext): Promise<CreateResult> {
  const { core, conversations } = parts;
  const { answer } = await parts.idempotency.once("create", body, call, async (keyed) => {
    refuseWhileStopping(parts);
    const id = body.id ?? (keyed ? derivedUuid(keyed.seed) : core.ids.uuid());
    const own = settingsIn(body);
    if (own.model !== undefined) await core.models().resolve(own.model);
    await checkFolders(own);
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
