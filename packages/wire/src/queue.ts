/** Bodies and answers of the queue: what is said to a conversation while a turn runs in it. */
import * as z from "zod";
import { attachment, queueItem } from "./user-input.ts";

/** POST /conversations/:id/queue. */
export const queueBody = z
  .strictObject({
    message: z.string().min(1).max(1_000_000),
    deliver: z.enum(["steer", "followup", "interrupt"]).optional().meta({
      description:
        "`steer` (default): into the running turn at its next tool result, or as the next turn; `followup`: as a turn of its own afterwards; `interrupt`: the running turn is aborted for it.",
    }),
    clientMessageId: z.string().min(1).max(128).optional(),
    attachments: z.array(attachment).max(16).optional(),
  })
  .meta({ id: "QueueBody" });
export type QueueBody = z.infer<typeof queueBody>;

const state = {
  /** All that waits, in order. */
  queue: z.array(queueItem),
  /** Nothing of it starts by itself until the next user message or a resume. */
  held: z.boolean(),
};

/** GET /conversations/:id/queue. */
export const queueState = z.object(state).meta({ id: "QueueState" });
export type QueueState = z.infer<typeof queueState>;

/** Of POST /conversations/:id/queue. `started`: nothing ran, so it is turn `turnId` now; else it waits as `queued`. */
export const queueAnswer = z
  .object({
    started: z.boolean(),
    turnId: z.string().optional(),
    queued: queueItem.optional(),
    /** Of the record that holds it. */
    seq: z.int(),
    messageId: z.string(),
    ...state,
  })
  .meta({ id: "QueueAnswer" });
export type QueueAnswer = z.infer<typeof queueAnswer>;

/** Of DELETE /conversations/:id/queue/:messageId. False: it was not waiting any more. */
export const queueCancelAnswer = z
  .object({ cancelled: z.boolean(), ...state })
  .meta({ id: "QueueCancelled" });
export type QueueCancelAnswer = z.infer<typeof queueCancelAnswer>;

/** Of DELETE /conversations/:id/queue: the ids of what waited. */
export const queueClearAnswer = z
  .object({ cancelled: z.array(z.string()), ...state })
  .meta({ id: "QueueCleared" });
export type QueueClearAnswer = z.infer<typeof queueClearAnswer>;

/** Of POST /conversations/:id/queue/resume. Not started: a turn runs already, or nothing waits. */
export const queueResumeAnswer = z
  .object({ started: z.boolean(), turnId: z.string().optional(), ...state })
  .meta({ id: "QueueResumed" });
export type QueueResumeAnswer = z.infer<typeof queueResumeAnswer>;
