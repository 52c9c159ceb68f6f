/** HTTP bodies and queries. Bodies are closed: an unknown field is an error with its path. */
import * as z from "zod";
import { problem } from "./errors.ts";
import { conversationId } from "./ids.ts";
import { approval, conversationRow, conversationView, message } from "./messages.ts";
import { approvalDecision, conversationStatus, doneReason, turnError } from "./records.ts";
import { settingShapes } from "./settings.ts";
import { usage } from "./usage.ts";
import { attachment } from "./user-input.ts";

const text = z.string().min(1).max(1_000_000);
const id = z.string().min(1).max(128);
const optionalSettings = z.object(settingShapes).partial().shape;

/** An id under which a conversation may be created: the words in the pattern are addresses below `/conversations/`. */
const creatableId = conversationId.regex(
  /^(?!(?:resolve|preview|import)$)/,
  "`resolve`, `preview` and `import` are addresses, so they cannot be ids",
);

/** POST /chat. Settings hold for this turn; on the call that creates the conversation they are stored. */
export const chatBody = z
  .strictObject({
    message: text,
    conversationId: creatableId.optional(),
    ...optionalSettings,
    attachments: z.array(attachment).max(16).optional(),
    clientMessageId: id.optional(),
    parentId: conversationId.optional(),
    /** The call of the parent that it works for. */
    parentCallId: id.optional(),
    workspace: z.string().max(256).optional(),
  })
  .meta({ id: "ChatBody" });
export type ChatBody = z.infer<typeof chatBody>;

/** 202 of POST /chat, and what an idempotent repeat gives again. */
export const accepted = z
  .object({
    conversationId: z.string(),
    turnId: z.string(),
    messageId: z.string(),
    seq: z.int(),
    cursor: z.string(),
  })
  .meta({ id: "Accepted" });
export type Accepted = z.infer<typeof accepted>;

const meta = {
  title: z.string().min(1).max(500),
  labels: z.array(z.string().min(1).max(64)).max(64),
  pinned: z.boolean(),
  workspace: z.string().min(1).max(256),
};

/** POST /conversations. */
export const createBody = z
  .strictObject({
    id: creatableId.optional(),
    ...z.object(meta).partial().shape,
    parentId: conversationId.optional(),
    /** The call of the parent that it works for. */
    parentCallId: id.optional(),
    ...optionalSettings,
    message: text.optional(),
    clientMessageId: id.optional(),
  })
  .meta({ id: "CreateBody" });
export type CreateBody = z.infer<typeof createBody>;

/** 201 of POST /conversations: the conversation, and how its first message fared. */
export const createAnswer = conversationView
  .extend({ turn: accepted.optional(), turnError: turnError.optional() })
  .meta({ id: "CreatedConversation" });
export type CreateAnswer = z.infer<typeof createAnswer>;

const nullable = <S extends Record<string, z.ZodType>>(shape: S) =>
  Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, schema.nullable().optional()])) as {
    [K in keyof S]: z.ZodOptional<z.ZodNullable<S[K]>>;
  };

/** The environment of tools is given per turn: its values are held in memory only, so it cannot be a stored setting. */
const { env: _env, ...storedShapes } = settingShapes;

/** PATCH /conversations/:id. Settings may stand under `settings` or beside the rest; null clears. All or nothing. */
export const patchBody = z
  .strictObject({
    ...nullable(meta),
    ...nullable(storedShapes),
    settings: z.strictObject(nullable(storedShapes)).optional(),
  })
  .meta({ id: "PatchBody" });
export type PatchBody = z.infer<typeof patchBody>;

export const stopBody = z.strictObject({ turnId: id.optional() }).meta({ id: "StopBody" });
export const stopAnswer = z
  .object({ aborted: z.boolean(), turnId: z.string().optional(), status: z.string() })
  .meta({ id: "StopAnswer" });
export type StopAnswer = z.infer<typeof stopAnswer>;

/** GET /conversations/:id/last. */
export const lastAnswer = z
  .union([
    z.object({ text: z.string(), turnId: z.string(), reason: doneReason, error: turnError.optional() }),
    z.object({ running: z.literal(true), turnId: z.string() }),
  ])
  .meta({ id: "LastAnswer" });
export type LastAnswer = z.infer<typeof lastAnswer>;

/** GET /conversations/:id/status. */
export const statusAnswer = z
  .object({
    id: z.string(),
    status: conversationStatus,
    turnId: z.string().optional(),
    stepId: z.string().optional(),
    /** Unix ms: when the running turn last did something. */
    lastProgressAt: z.number().optional(),
    /** What it waits for, when that is neither the provider nor a tool: a person, a slot, a retry, a child. */
    waiting: z.enum(["approval", "slot", "retry", "child"]).optional(),
    lastTurn: conversationRow.shape.lastTurn,
    head: z.int(),
  })
  .meta({ id: "ConversationStatusAnswer" });

/** POST /conversations/:id/compact. */
export const compactBody = z
  .strictObject({
    keepTokens: z.int().min(0).max(10_000_000).optional().meta({
      description: "About how much recent text stays, in tokens; default 20,000.",
    }),
    instructions: z.string().min(1).max(20_000).optional().meta({ description: "Told to the summariser." }),
  })
  .meta({ id: "CompactBody" });
export type CompactBody = z.infer<typeof compactBody>;

/** POST /chat/warm. */
export const warmBody = z.strictObject({ conversationId }).meta({ id: "WarmBody" });
export const warmAnswer = z
  .object({ usage, cachePercent: z.number().min(0).max(100) })
  .meta({ id: "WarmAnswer" });
export type WarmAnswer = z.infer<typeof warmAnswer>;

export const openAnswer = z.object({ opened: z.literal(true) }).meta({ id: "OpenAnswer" });
export const deleteAnswer = z
  .object({
    deleted: z.boolean(),
    kept: z.string().optional().meta({ description: "Where its worktree lies: it holds changes." }),
    archive: z.string().optional().meta({ description: "Its document's name in the archive folder." }),
  })
  .meta({ id: "DeleteAnswer" });
export type DeleteAnswer = z.infer<typeof deleteAnswer>;

/** POST /conversations/preview. Lengths count UTF-16 code units. */
export const previewBody = z
  .strictObject({
    ids: z.array(conversationId).min(1).max(64),
    limit: z.int().min(1).max(50).optional().meta({ description: "Newest messages of each; default 12." }),
    maxChars: z
      .int()
      .min(1)
      .max(2_000)
      .optional()
      .meta({ description: "Most text of a message; default 240." }),
  })
  .meta({ id: "PreviewBody" });
export type PreviewBody = z.infer<typeof previewBody>;

const previewMessage = z.object({
  messageId: z.string(),
  role: message.shape.role,
  ts: z.int(),
  text: z.string(),
  truncated: z.boolean(),
});

/** One item for each id, in the order asked; one that fails does not hide the others. */
export const previewAnswer = z
  .object({
    items: z.array(
      z.discriminatedUnion("status", [
        z.object({ id: z.string(), status: z.literal("ok"), messages: z.array(previewMessage).min(1) }),
        z.object({ id: z.string(), status: z.enum(["empty", "missing"]) }),
        z.object({ id: z.string(), status: z.literal("error"), error: problem }),
      ]),
    ),
  })
  .meta({ id: "PreviewAnswer" });
export type PreviewAnswer = z.infer<typeof previewAnswer>;
export type Preview = PreviewAnswer["items"][number];

export const messagesAnswer = z
  .object({ items: z.array(message), hasMore: z.boolean(), cursor: z.string() })
  .meta({ id: "MessagesAnswer" });
export type MessagesAnswer = z.infer<typeof messagesAnswer>;

export const listAnswer = z
  .object({ items: z.array(conversationRow), nextCursor: z.string().optional() })
  .meta({ id: "ConversationList" });
export type ListAnswer = z.infer<typeof listAnswer>;

export const modelInfo = z
  .object({
    /** `<credential>/<model>` */
    id: z.string(),
    credential: z.string(),
    provider: z.string(),
    name: z.string().optional(),
    contextWindow: z.int().optional(),
    default: z.boolean().optional(),
  })
  .meta({ id: "Model" });
export type ModelInfo = z.infer<typeof modelInfo>;

/** GET /models: one failing provider does not hide the others. */
export const modelsAnswer = z
  .object({
    items: z.array(modelInfo),
    failures: z.array(z.object({ credential: z.string(), message: z.string() })),
  })
  .meta({ id: "Models" });
export type ModelsAnswer = z.infer<typeof modelsAnswer>;

/** POST /approvals/:id. */
export const approvalBody = z.strictObject({ decision: approvalDecision }).meta({ id: "ApprovalBody" });
export type ApprovalBody = z.infer<typeof approvalBody>;

export const approvalsAnswer = z.object({ items: z.array(approval) }).meta({ id: "Approvals" });
