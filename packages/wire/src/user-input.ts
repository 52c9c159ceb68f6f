/** What users say: messages with their attachments, and what of it waits in a queue. */
import * as z from "zod";

/** A file that was uploaded, as a message names it: what the upload answered. */
export const attachment = z
  .object({
    attachmentId: z.string().min(1).max(128),
    mimeType: z.string().max(127),
    /** Of the file, for people. */
    name: z.string().max(255).optional(),
    /** Bytes. */
    size: z.int().min(0).optional(),
  })
  .meta({ id: "Attachment" });
export type Attachment = z.infer<typeof attachment>;

/** What a user said: of a `user-message`, of steering, of what waits in the queue. */
export const userInput = {
  messageId: z.string(),
  clientMessageId: z.string().optional(),
  text: z.string(),
  attachments: z.array(attachment).optional(),
};
export type UserInput = z.infer<z.ZodObject<typeof userInput>>;

export const queueItem = z
  .object({ ...userInput, deliver: z.enum(["steer", "followup", "interrupt"]), ts: z.int() })
  .meta({ id: "QueueItem" });
export type QueueItem = z.infer<typeof queueItem>;

/** What happened to items of the queue: `delivered` into the running turn, `carried` into a turn of their own. */
export const queueChange = z
  .object({
    kind: z.enum(["queued", "delivered", "carried", "cancelled", "discarded", "held", "released"]),
    /** The items it happened to. */
    messageIds: z.array(z.string()),
  })
  .meta({ id: "QueueChange" });
export type QueueChange = z.infer<typeof queueChange>;
