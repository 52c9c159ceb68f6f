/**
 * Records: the numbered, durable entries of a conversation's log. Everything a client shows is a view of them.
 * `seq` is +1 per record and conversation, from 1, never reused; `ts` is Unix time in milliseconds.
 */
import * as z from "zod";
import { approvalsMode, effort, settingShapes, type settings } from "./settings.ts";
import { usage } from "./usage.ts";
import { queueChange, queueItem, userInput } from "./user-input.ts";

const base = {
  seq: z.int().positive(),
  ts: z.int(),
  turnId: z.string().optional(),
  stepId: z.string().optional(),
};
const record = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ type: z.literal(type), ...base, ...shape }).meta({ id: `record:${type}` });

/** Opaque data a provider wants back (signatures, encrypted reasoning): stored and exported, never sent to viewers. */
const providerData = z.unknown().optional();

export const doneReasons = [
  "completed",
  "aborted",
  "error",
  "max-steps",
  "timeout",
  "repeated-calls",
  "interrupted",
  "stalled",
] as const;
export const doneReason = z.enum(doneReasons).meta({ id: "DoneReason" });
export type DoneReason = z.infer<typeof doneReason>;

export const toolOutcome = z.enum(["ok", "error", "denied", "aborted", "timeout", "interrupted"]);
export type ToolOutcome = z.infer<typeof toolOutcome>;

export const conversationStatus = z.enum(["idle", "active", "closed"]).meta({ id: "ConversationStatus" });
export type ConversationStatus = z.infer<typeof conversationStatus>;

export const turnError = z
  .object({ code: z.string(), message: z.string(), retryable: z.boolean(), fix: z.string().optional() })
  .meta({ id: "TurnError" });
export type TurnError = z.infer<typeof turnError>;

/** A sentence for people, in the course of a turn or beside one. */
export const turnNotice = z.object({
  level: z.enum(["success", "info", "warning", "error"]),
  text: z.string(),
});
export type TurnNotice = z.infer<typeof turnNotice>;

export const metaPatch = z.object({
  title: z.string().nullable().optional(),
  labels: z.array(z.string()).nullable().optional(),
  pinned: z.boolean().nullable().optional(),
  workspace: z.string().nullable().optional(),
  parentId: z.string().optional(),
  parentCallId: z.string().optional(),
  settings: z
    .object(Object.fromEntries(Object.entries(settingShapes).map(([k, s]) => [k, s.nullable()])))
    .partial()
    .optional(),
});
export type MetaPatch = Omit<z.infer<typeof metaPatch>, "settings"> & {
  settings?: { [K in keyof z.infer<typeof settings>]?: z.infer<typeof settings>[K] | null } | undefined;
};

/** What a person is asked: the call exactly as it would run. */
export const approvalRequest = z
  .object({
    name: z.string(),
    input: z.unknown(),
    target: z.string().optional(),
    cwd: z.string(),
    kind: z.enum(["read", "write", "execute"]),
    /** Why it is asked. */
    reason: z.string().optional(),
  })
  .meta({ id: "ApprovalRequest" });
export type ApprovalRequest = z.infer<typeof approvalRequest>;
export const approvalDecision = z.enum(["allow", "deny"]).meta({ id: "ApprovalDecision" });
export type ApprovalDecision = z.infer<typeof approvalDecision>;

export const recordSchemas = {
  "user-message": record("user-message", userInput),
  "turn-start": record("turn-start", {
    model: z.string(),
    effort,
    cwd: z.string(),
    dirs: z.array(z.string()).optional(),
    worktree: z.union([z.boolean(), z.string()]).optional(),
    system: z.string().optional(),
    maxSteps: z.int(),
    timeoutMs: z.int().optional(),
    maxCostUsd: z.number().optional(),
    /** Names only, never values. */
    env: z.array(z.string()).optional(),
    workspace: z.string().optional(),
    approvals: approvalsMode.optional(),
    /** 1-based, +1 per resume after a crash. */
    attempt: z.int(),
    /** Ordinal of the turn in its conversation, from 1; part of its block and call ids. */
    turn: z.int(),
  }),
  text: record("text", {
    block: z.string(),
    text: z.string(),
    continues: z.string().optional(),
    providerData,
  }),
  reasoning: record("reasoning", {
    block: z.string(),
    text: z.string(),
    continues: z.string().optional(),
    providerData,
  }),
  "tool-call": record("tool-call", {
    callId: z.string(),
    name: z.string(),
    /** Parsed arguments. What could not be parsed is kept as `{}` and answered by an error result. */
    input: z.unknown(),
    target: z.string().optional(),
    providerData,
  }),
  "tool-start": record("tool-start", { callId: z.string() }),
  "tool-result": record("tool-result", {
    callId: z.string(),
    name: z.string(),
    output: z.string(),
    isError: z.boolean(),
    truncated: z.boolean(),
    outcome: toolOutcome,
    durationMs: z.number(),
  }),
  "step-complete": record("step-complete", {
    usage,
    ttftMs: z.number(),
    decodeMs: z.number(),
    totalMs: z.number(),
    finishReason: z.string().optional(),
  }),
  steering: record("steering", { messages: z.array(z.object(userInput)) }),
  "provider-retry": record("provider-retry", {
    /** Which request of this step failed, from 1. */
    attempt: z.int(),
    delayMs: z.number(),
    retryAt: z.int(),
    error: turnError,
  }),
  error: record("error", {
    code: z.string(),
    message: z.string(),
    retryable: z.boolean(),
    fix: z.string().optional(),
  }),
  "attempt-superseded": record("attempt-superseded", {
    /** The attempt that is void; the step is in `stepId`. */
    attempt: z.int(),
    blocks: z.array(z.string()),
    callIds: z.array(z.string()),
  }),
  done: record("done", {
    reason: doneReason,
    usage,
    /** Input + output tokens of the final step. */
    contextSize: z.int(),
    contextWindow: z.int().optional(),
    durationMs: z.number(),
    steps: z.int(),
    model: z.string(),
    detail: z.string().optional(),
  }),
  "turn-sealed": record("turn-sealed", {}),
  "queue-changed": record("queue-changed", {
    /** All that waits now, in order. */
    queue: z.array(queueItem),
    /** Nothing of it starts by itself until the next user message or a resume. */
    held: z.boolean(),
    change: queueChange.optional(),
  }),
  "status-changed": record("status-changed", { status: conversationStatus }),
  "meta-changed": record("meta-changed", { patch: metaPatch }),
  "compaction-started": record("compaction-started", { automatic: z.boolean() }),
  compacted: record("compacted", {
    summary: z.string(),
    /** The context view starts at the message whose first record has this seq. */
    keepFrom: z.int(),
    fallback: z.boolean().optional(),
    usage: usage.optional(),
  }),
  "compaction-failed": record("compaction-failed", { error: turnError }),
  "compaction-undone": record("compaction-undone", { compacted: z.int() }),
  reset: record("reset", {}),
  "messages-removed": record("messages-removed", { messageIds: z.array(z.string()) }),
  "turn-stalled": record("turn-stalled", { idleMs: z.number() }),
  "turn-resumed": record("turn-resumed", {}),
  "approval-requested": record("approval-requested", {
    approvalId: z.string(),
    callId: z.string(),
    request: approvalRequest,
    /** Of the request, so that an answer holds for exactly what was shown. */
    hash: z.string(),
  }),
  "approval-resolved": record("approval-resolved", {
    approvalId: z.string(),
    callId: z.string(),
    decision: approvalDecision,
    by: z.string().optional(),
  }),
  notice: record("notice", turnNotice.shape),
} as const;

type Schemas = typeof recordSchemas;
export type CoreRecordType = keyof Schemas;
/** One record type, e.g. `RecordOf<"text">`. */
export type RecordOf<T extends CoreRecordType> = z.infer<Schemas[T]>;
/** A record of an extension: `ext.<extensionId>.<name>`. */
export type ExtensionRecord = {
  type: `ext.${string}`;
  seq: number;
  ts: number;
  turnId?: string | undefined;
  stepId?: string | undefined;
  data: unknown;
};
/** A stored, numbered record. */
export type LogRecord = { [T in CoreRecordType]: RecordOf<T> }[CoreRecordType] | ExtensionRecord;
type Unnumbered<R> = R extends { type: string } ? Omit<R, "seq" | "ts"> : never;
/** A record before the log numbered it and stamped its time. */
export type NewRecord = Unnumbered<LogRecord>;
