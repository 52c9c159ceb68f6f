/** POST /chat: starts a turn and streams it, as NDJSON, as server-sent events, or not at all. */
import type { SendResult, Sessions } from "@dispatch/session-orchestrator/ports";
import { accepted, chatBody, streamLine } from "@dispatch/wire";
import { defineRoute, type RouteAnswer } from "../ports.ts";
import { type Format, ndjson, sse } from "../stream/formats.ts";
import { turnStream } from "../stream/live-stream.ts";
import { problems } from "./fields.ts";

export const chatRoute = (sessions: Sessions) =>
  defineRoute({
    method: "POST",
    path: "/chat",
    operation: "chat",
    scope: "write",
    summary: "Starts a turn, creating the conversation if absent, and streams its events until it is sealed.",
    body: chatBody,
    responses: {
      200: {
        description:
          "The turn's events until it is sealed: NDJSON lines `{ cursor, event }`, or server-sent events (`id` the cursor, `data` the event) when `Accept` asks for them.",
        types: [ndjson.contentType, sse.contentType],
        schema: streamLine,
      },
      202: accepted,
      ...problems(404, 409),
    },
    idempotent: true,
    headers: {
      Accept: "`text/event-stream` for server-sent events; NDJSON otherwise.",
      Prefer: "`respond-async`: 202 at once, without the events.",
    },
    async handle({ body, call, header }): Promise<RouteAnswer> {
      const sent = await sessions.send(body, call);
      const headers = { "X-Conversation-Id": sent.conversationId, "X-Turn-Id": sent.turnId };
      if (prefersAsync(header("prefer"))) {
        return {
          status: 202,
          json: acceptedOf(sent),
          headers: { ...headers, "Preference-Applied": "respond-async" },
        };
      }
      // From the turn's first record, also for a repeat: the same events again, live where the turn still runs.
      const viewer = await sessions.subscribe(sent.conversationId, { after: sent.before, unbounded: true });
      return { headers, stream: turnStream(viewer, sent.turnId, formatFor(header("accept"))) };
    },
  });

const acceptedOf = ({ conversationId, turnId, messageId, seq, cursor }: SendResult) => ({
  conversationId,
  turnId,
  messageId,
  seq,
  cursor,
});

/** RFC 7240: names are case-insensitive and may have parameters. */
const prefersAsync = (prefer = ""): boolean =>
  prefer.split(",").some((preference) => /^respond-async(?:\s*;.*)?$/i.test(preference.trim()));

/** The first of the two that is named; NDJSON when none is. */
export function formatFor(accept = ""): Format {
  const types = accept.split(",").map((range) => range.split(";", 1)[0]?.trim().toLowerCase());
  return types.find((type) => type === sse.contentType || type === ndjson.contentType) === sse.contentType
    ? sse
    : ndjson;
}
