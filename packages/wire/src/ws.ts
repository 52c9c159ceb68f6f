/** WebSocket frames of `dispatch.v1`: JSON text, client frames carry `id` and get exactly one answer. */
import * as z from "zod";
import { problem } from "./errors.ts";
import { chatBody } from "./http.ts";
import { conversationId } from "./ids.ts";
import { conversationRow, snapshot } from "./messages.ts";
import { notice } from "./notices.ts";
import { queueBody } from "./queue.ts";
import { surfaceInfo, surfaceName, surfaceUpdate } from "./surfaces.ts";

const id = z.string().min(1).max(128);
const frame = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.strictObject({ type: z.literal(type), id, ...shape });
const keyed = { idempotencyKey: z.string().min(1).max(256).optional() };

/** Client → server. */
export const clientFrames = {
  "chat.send": frame("chat.send", { ...chatBody.shape, ...keyed }),
  "chat.subscribe": frame("chat.subscribe", { conversationId, after: z.string().max(4096).optional() }),
  "chat.unsubscribe": frame("chat.unsubscribe", { conversationId }),
  "chat.queue": frame("chat.queue", { conversationId, ...queueBody.shape, ...keyed }),
  "chat.queue.cancel": frame("chat.queue.cancel", { conversationId, messageId: id, ...keyed }),
  "chat.stop": frame("chat.stop", { conversationId, turnId: id.optional() }),
  "conversations.subscribe": frame("conversations.subscribe", {}),
  "conversations.unsubscribe": frame("conversations.unsubscribe", {}),
  "surface.subscribe": frame("surface.subscribe", {
    surface: surfaceName,
    conversationId: conversationId.optional(),
  }),
  "surface.unsubscribe": frame("surface.unsubscribe", {
    surface: surfaceName,
    conversationId: conversationId.optional(),
  }),
  "surface.invoke": frame("surface.invoke", {
    surface: surfaceName,
    conversationId: conversationId.optional(),
    action: surfaceName,
    value: z.unknown().optional(),
    ...keyed,
  }),
  "approval.resolve": frame("approval.resolve", { approvalId: id, decision: z.string(), ...keyed }),
  ping: frame("ping", {}),
} as const;
export type ClientFrame = {
  [K in keyof typeof clientFrames]: z.infer<(typeof clientFrames)[K]>;
}[keyof typeof clientFrames];

/** Server → client. */
export const serverFrames = {
  hello: z.object({
    type: z.literal("hello"),
    protocol: z.object({ min: z.int(), max: z.int() }),
    server: z.object({ name: z.string(), version: z.string() }),
    scopes: z.array(z.string()),
    limits: z.record(z.string(), z.number()),
  }),
  ok: z.looseObject({ type: z.literal("ok"), id }),
  error: z.object({ type: z.literal("error"), id: id.optional(), error: problem }),
  "chat.subscribed": z.object({
    type: z.literal("chat.subscribed"),
    id: id.optional(),
    conversationId,
    mode: z.enum(["replay", "snapshot"]),
    cursor: z.string(),
    snapshot: snapshot.optional(),
  }),
  "chat.delta": z.object({
    type: z.literal("chat.delta"),
    conversationId,
    cursor: z.string(),
    events: z.array(z.looseObject({ type: z.string() })),
  }),
  "conversation.changed": z.object({
    type: z.literal("conversation.changed"),
    id: z.string(),
    reason: z.string(),
    conversation: conversationRow,
  }),
  "conversation.open": z.object({ type: z.literal("conversation.open"), conversationId }),
  "conversation.statusChanged": z.object({
    type: z.literal("conversation.statusChanged"),
    conversationId,
    status: z.string(),
  }),
  "conversation.compacted": z.object({
    type: z.literal("conversation.compacted"),
    conversationId,
    seq: z.int(),
  }),
  "conversation.deleted": z.object({ type: z.literal("conversation.deleted"), conversationId }),
  /** The surfaces there are, when the socket is open and whenever others are: replaces what was known. */
  catalog: z.object({ type: z.literal("catalog"), surfaces: z.array(surfaceInfo) }),
  "surface.update": z.object({ type: z.literal("surface.update"), ...surfaceUpdate.shape }),
  notice: z.object({ type: z.literal("notice"), notice }),
} as const;
export type ServerFrame = {
  [K in keyof typeof serverFrames]: z.infer<(typeof serverFrames)[K]>;
}[keyof typeof serverFrames];
