/** Notices: short news for people about what happened on the server, told to every client and kept for a while. */
import * as z from "zod";

export const noticeLevel = z.enum(["success", "info", "warning", "error"]);
export type NoticeLevel = z.infer<typeof noticeLevel>;

export const notice = z
  .object({
    /** Grows with time: of two notices the later one has the greater id. */
    id: z.string(),
    /** Unix ms. */
    ts: z.int(),
    level: noticeLevel,
    /** A sentence. Of a conversation it holds the title and nothing more. */
    text: z.string(),
    conversationId: z.string().optional(),
    turnId: z.string().optional(),
    /** Extension that raised it. */
    source: z.string(),
  })
  .meta({ id: "Notice" });
export type Notice = z.infer<typeof notice>;

/** GET /notices: newest first. */
export const noticesAnswer = z
  .object({ items: z.array(notice), nextCursor: z.string().optional() })
  .meta({ id: "Notices" });
export type NoticesAnswer = z.infer<typeof noticesAnswer>;
