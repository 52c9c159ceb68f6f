/** Messages, open blocks and the snapshot: what a client shows of a conversation. */
import * as z from "zod";
import { approvalRequest, conversationStatus, doneReason, toolOutcome, turnError } from "./records.ts";
import { settings } from "./settings.ts";
import { usage } from "./usage.ts";
import { queueItem } from "./user-input.ts";

export const chunk = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("text"), text: z.string() }),
    z.object({ type: z.literal("reasoning"), text: z.string() }),
    z.object({
      type: z.literal("tool-call"),
      callId: z.string(),
      name: z.string(),
      input: z.unknown(),
      /** What it touches, short, for people. */
      target: z.string().optional(),
    }),
    z.object({
      type: z.literal("tool-result"),
      callId: z.string(),
      name: z.string(),
      output: z.string(),
      isError: z.boolean(),
      truncated: z.boolean(),
      outcome: toolOutcome,
      durationMs: z.number().optional(),
    }),
    z.object({ type: z.literal("image"), attachmentId: z.string(), mimeType: z.string() }),
  ])
  .meta({ id: "Chunk" });
export type Chunk = z.infer<typeof chunk>;

export const message = z
  .object({
    messageId: z.string(),
    role: z.enum(["user", "assistant", "tool", "system"]),
    /** Seq of its first record. */
    seq: z.int(),
    ts: z.int(),
    turnId: z.string().optional(),
    clientMessageId: z.string().optional(),
    status: z.enum(["complete", "running", "aborted", "failed"]),
    model: z.string().optional(),
    usage: usage.optional(),
    chunks: z.array(chunk),
  })
  .meta({ id: "Message" });
export type Message = z.infer<typeof message>;

export const openBlock = z
  .object({
    block: z.string(),
    kind: z.enum(["text", "reasoning", "tool-output"]),
    messageId: z.string(),
    turnId: z.string(),
    stepId: z.string(),
    continues: z.string().optional(),
    text: z.string(),
  })
  .meta({ id: "OpenBlock" });
export type OpenBlock = z.infer<typeof openBlock>;

export const lastTurn = z.object({
  turnId: z.string(),
  reason: doneReason,
  /** Of the error that ended it. */
  code: z.string().optional(),
  /** Why, for people, where more is known than reason and code say: at most 400 characters. */
  detail: z.string().optional(),
});

/** One row of `GET /conversations`. */
export const conversationRow = z
  .object({
    id: z.string(),
    title: z.string(),
    status: conversationStatus,
    labels: z.array(z.string()),
    pinned: z.boolean(),
    workspace: z.string().optional(),
    parentId: z.string().optional(),
    /** The call of the parent that it works for. */
    parentCallId: z.string().optional(),
    cwd: z.string().optional(),
    model: z.string().optional(),
    createdAt: z.int(),
    lastActivityAt: z.int(),
    updatedAt: z.int(),
    /** For `If-Match`: +1 at every change of meta or settings. */
    version: z.int(),
    head: z.int(),
    messageCount: z.int(),
    runningTurnId: z.string().optional(),
    /** The running turn asked a person something that nobody has answered: `GET /approvals` tells what. */
    waiting: z.enum(["approval"]).optional(),
    lastTurn: lastTurn.optional(),
  })
  .meta({ id: "ConversationRow" });
export type ConversationRow = z.infer<typeof conversationRow>;

const sourced = z.object({
  value: z.unknown(),
  source: z.enum(["turn", "conversation", "config", "built-in"]),
});

/** `GET /conversations/:id`: the row, and each effective setting with where it comes from. */
export const conversationView = conversationRow
  .extend({ settings: z.record(z.string(), sourced) })
  .meta({ id: "Conversation" });
export type ConversationView = z.infer<typeof conversationView>;

/** `GET /defaults`: the settings of a new conversation that sets none. */
export const defaultsAnswer = z
  .object({ settings: conversationView.shape.settings })
  .meta({ id: "Defaults" });
export type DefaultsAnswer = z.infer<typeof defaultsAnswer>;

/** A call that waits for a person's word. */
export const approval = z
  .object({
    approvalId: z.string(),
    conversationId: z.string(),
    turnId: z.string(),
    callId: z.string(),
    requestedAt: z.int(),
    request: approvalRequest,
  })
  .meta({ id: "Approval" });
export type Approval = z.infer<typeof approval>;

export const snapshot = z
  .object({
    conversation: conversationView,
    messages: z.array(message),
    hasMore: z.boolean(),
    running: z
      .object({
        turnId: z.string(),
        model: z.string(),
        attempt: z.int(),
        stepId: z.string().optional(),
        blocks: z.array(openBlock),
        tools: z.array(z.object({ callId: z.string(), name: z.string(), startedAt: z.int() })),
        retry: z.object({ attempt: z.int(), retryAt: z.int(), error: turnError }).optional(),
        waiting: z.string().optional(),
        /** It made no progress for so long, ms, and has not gone on since. */
        stalledMs: z.number().optional(),
      })
      .optional(),
    queue: z.array(queueItem),
    held: z.boolean(),
    approvals: z.array(approval),
    /** Why the newest turn fails or has failed. */
    error: turnError.optional(),
    seq: z.int(),
    cursor: z.string(),
  })
  .meta({ id: "Snapshot" });
export type Snapshot = z.infer<typeof snapshot>;
export { settings };
