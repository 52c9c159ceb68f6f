/** GET /notices. */
import { defineRoute } from "@dispatch/transport-http/ports";
import { noticesAnswer } from "@dispatch/wire";
import * as z from "zod";
import type { NoticeLog } from "./notice-log.ts";

const query = z.strictObject({
  limit: z
    .codec(z.string().regex(/^\d{1,4}$/), z.int().min(1).max(1_000), {
      decode: Number,
      encode: String,
    })
    .optional(),
  cursor: z.string().max(64).optional(),
});

export const listRoute = (log: Pick<NoticeLog, "page">) =>
  defineRoute({
    method: "GET",
    path: "/notices",
    operation: "notices.list",
    scope: "read",
    summary:
      "What happened lately, newest first: turns that ended, failed or stalled, extensions out of service.",
    query,
    responses: { 200: noticesAnswer },
    handle: async ({ query: { limit = 50, cursor } }) => ({ json: await log.page(limit, cursor) }),
  });
