/** Reading a conversation: its messages, what the model would be sent, and the live view. */
import type { ContextAnswer, Sessions } from "@dispatch/session-orchestrator/ports";
import { event, messagesAnswer, snapshot } from "@dispatch/wire";
import * as z from "zod";
import { defineRoute } from "../ports.ts";
import { sse } from "../stream/formats.ts";
import { conversationStream } from "../stream/live-stream.ts";
import { flag, idParam, problems, whole } from "./fields.ts";

const seq = whole(0, Number.MAX_SAFE_INTEGER);

export const messagesRoute = (sessions: Sessions) =>
  defineRoute({
    method: "GET",
    path: "/conversations/:id/messages",
    operation: "conversations.messages",
    scope: "read",
    summary: "A window of messages by seq: the newest below `before`, or the oldest above `after`.",
    params: idParam,
    query: z
      .strictObject({
        after: seq.optional(),
        before: seq.optional(),
        limit: whole(1, 1_000).optional(),
        all: flag.optional(),
      })
      .refine(({ after, before }) => after === undefined || before === undefined, {
        path: ["before"],
        message: "Give `after` or `before`, not both.",
      }),
    responses: { 200: messagesAnswer, ...problems(404) },
    handle: async ({ params, query }) => ({ json: await sessions.messages(params.id, query) }),
  });

const contextAnswer = z.object({
  model: z.string(),
  system: z.string().optional(),
  messages: z.array(z.looseObject({ messageId: z.string(), role: z.string() })),
  tools: z.array(z.looseObject({ name: z.string() })),
});

export const contextRoute = (sessions: Sessions) =>
  defineRoute({
    method: "GET",
    path: "/conversations/:id/context",
    operation: "conversations.context",
    scope: "read",
    summary: "What the model would be sent now.",
    params: idParam,
    responses: { 200: contextAnswer, ...problems(404) },
    handle: async ({ params }) => ({ json: shownContext(await sessions.context(params.id)) }),
  });

/** Without the opaque data of providers, which is stored but never shown. */
const shownContext = (context: ContextAnswer) => ({
  ...context,
  messages: context.messages.map((message) => ({
    ...message,
    chunks: message.chunks.map(({ providerData, ...chunk }) => chunk),
  })),
});

export const eventsRoute = (sessions: Sessions) =>
  defineRoute({
    method: "GET",
    path: "/conversations/:id/events",
    operation: "conversations.events",
    scope: "read",
    summary: "The live view as server-sent events, from `after` or `Last-Event-ID` on, else from a snapshot.",
    params: idParam,
    query: z.strictObject({ after: z.string().optional() }),
    headers: { "Last-Event-ID": "Cursor to go on behind; wins over `after`." },
    responses: {
      200: {
        description:
          "Server-sent events: a `snapshot` when there is no place to go on from, then one for each event.",
        types: [sse.contentType],
        schema: z.union([snapshot, event]),
      },
      ...problems(404),
    },
    async handle({ params, query, header }) {
      // What a browser sends when it comes back is newer than the address it was given first.
      const after = header("last-event-id") || query.after || undefined;
      return { stream: conversationStream(await sessions.subscribe(params.id, { after })) };
    },
  });
