/** Events: what viewers receive. Either a record (has `seq`) or a delta of an open block (has `at`). */
import * as z from "zod";
import type { LogRecord } from "./records.ts";

export const deltaTypes = ["text-delta", "reasoning-delta", "tool-output"] as const;

/** Apply when `at` equals the length held, ignore what is held already, otherwise subscribe again. UTF-16 code units. */
export const delta = z
  .object({
    type: z.enum(deltaTypes),
    conversationId: z.string(),
    turnId: z.string(),
    stepId: z.string(),
    block: z.string(),
    at: z.int().nonnegative(),
    text: z.string(),
  })
  .meta({ id: "Delta" });
export type Delta = z.infer<typeof delta>;
export type DeltaType = Delta["type"];

/**
 * A record as a viewer gets it: with its conversation, without `providerData`, and, for a viewer which holds the whole
 * block already, a `text` or `reasoning` record gives `length` instead of `text`.
 */
export type RecordEvent = LogRecord & { conversationId: string };
type Shown<R> = R extends { type: "text" | "reasoning"; text: string }
  ? Omit<R, "text"> & { conversationId: string; text?: string | undefined; length?: number | undefined }
  : R & { conversationId: string };
export type DispatchEvent = Shown<LogRecord> | Delta;

/** A line of an NDJSON stream: the event, and the cursor to hand back as `after`. */
export interface StreamLine {
  cursor: string;
  event: DispatchEvent;
}
