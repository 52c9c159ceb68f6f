/** HTTP bodies and queries. Bodies are closed: an unknown field is an error with its path. */
import * as z from "zod";
import { conversationId } from "./ids.ts";
import { conversationRow, message } from "./messages.ts";
import { attachment, doneReason, turnError } from "./records.ts";
import { settingShapes } from "./settings.ts";

const text = z.string().min(1).max(1_000_000);
const id = z.string().min(1).max(128);
const optionalSettings = z.object(settingShapes).partial().shape;

/** POST /chat. Settings hold for this turn; on the call that creates the conversation they are stored. */
export const chatBody = z
  .strictObject({
    message: text,
    conversationId: conversationId.optional(),
    ...optionalSettings,
    attachments: z.array(attachment).max(16).optional(),
    clientMessageId: id.optional(),
    parentId: conversationId.optional(),
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
    id: conversationId.optional(),
    ...z.object(meta).partial().shape,
    parentId: conversationId.optional(),
    ...optionalSettings,
    message: text.optional(),
    clientMessageId: id.optional(),
  })
  .meta({ id: "CreateBody" });
export type CreateBody = z.infer<typeof createBody>;

const nullable = <S extends Record<string, z.ZodType>>(shape: S) =>
  Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, schema.nullable().optional()])) as {
    [K in keyof S]: z.ZodOptional<z.ZodNullable<S[K]>>;
  };

/** PATCH /conversations/:id. Settings may stand under `settings` or beside the rest; null clears. All or nothing. */
export const patchBody = z
  .strictObject({
    ...nullable(meta),
    ...nullable(settingShapes),
    settings: z.strictObject(nullable(settingShapes)).optional(),
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
