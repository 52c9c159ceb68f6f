/** Metrics: what the turns of a conversation took, and how they ended. */
import * as z from "zod";
import { doneReason, turnError, turnNotice } from "./records.ts";
import { usage } from "./usage.ts";

/** What one turn took. Times in ms; `ttftMs` is the median over its steps. */
export const turnMetrics = z
  .object({
    turnId: z.string(),
    model: z.string(),
    startedAt: z.int(),
    reason: doneReason.optional(),
    durationMs: z.number().optional(),
    steps: z.int(),
    toolCalls: z.int(),
    toolErrors: z.int(),
    retries: z.int(),
    attempts: z.int(),
    ttftMs: z.number().optional(),
    decodeMs: z.number(),
    usage,
    /** Why it failed. */
    error: turnError.optional(),
    /** What was said about it besides, the newest 20. */
    notices: z.array(turnNotice).optional(),
  })
  .meta({ id: "TurnMetrics" });
export type TurnMetrics = z.infer<typeof turnMetrics>;

/** GET /conversations/:id/metrics: totals of the conversation, and its newest turns, oldest first. */
export const metricsAnswer = z
  .object({ turns: z.int(), usage, contextSize: z.int(), items: z.array(turnMetrics), hasMore: z.boolean() })
  .meta({ id: "Metrics" });
export type MetricsAnswer = z.infer<typeof metricsAnswer>;
