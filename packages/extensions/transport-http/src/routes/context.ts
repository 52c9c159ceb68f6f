/** What the model is sent, changed by hand: reset, compaction and its undoing, keeping the cache warm. */
import type { Sessions } from "@dispatch/session-orchestrator/ports";
import { compactBody, conversationView, warmAnswer, warmBody } from "@dispatch/wire";
import * as z from "zod";
import { defineRoute } from "../ports.ts";
import { idParam, problems } from "./fields.ts";

export const resetRoute = (sessions: Sessions) =>
  defineRoute({
    method: "POST",
    path: "/conversations/:id/reset",
    operation: "conversations.reset",
    scope: "write",
    summary:
      "Aborts and seals the running turn, then starts an empty context; settings and the old text stay.",
    params: idParam,
    body: z.strictObject({}),
    responses: { 200: conversationView, ...problems(404) },
    idempotent: true,
    handle: async ({ params, call }) => ({ json: await sessions.reset(params.id, call) }),
  });

export const compactRoute = (sessions: Sessions) =>
  defineRoute({
    method: "POST",
    path: "/conversations/:id/compact",
    operation: "conversations.compact",
    scope: "write",
    summary: "Makes the context start at a summary; refused while a turn or another compaction runs.",
    params: idParam,
    body: compactBody,
    responses: { 200: conversationView, ...problems(404, 409) },
    idempotent: true,
    handle: async ({ params, body, call }) => ({ json: await sessions.compact(params.id, body, call) }),
  });

export const undoCompactRoute = (sessions: Sessions) =>
  defineRoute({
    method: "POST",
    path: "/conversations/:id/compact/undo",
    operation: "conversations.compact.undo",
    scope: "write",
    summary: "Takes the last compaction back: the context starts where it did before.",
    params: idParam,
    body: z.strictObject({}),
    responses: { 200: conversationView, ...problems(404, 409) },
    idempotent: true,
    handle: async ({ params, call }) => ({ json: await sessions.undoCompact(params.id, call) }),
  });

export const warmRoute = (sessions: Sessions) =>
  defineRoute({
    method: "POST",
    path: "/chat/warm",
    operation: "chat.warm",
    scope: "write",
    summary: "Keeps the provider's cache of a conversation warm; stores nothing, refused while a turn runs.",
    body: warmBody,
    responses: { 200: warmAnswer, ...problems(404, 409, 502) },
    idempotent: true,
    handle: async ({ body, call }) => ({ json: await sessions.warm(body.conversationId, call) }),
  });
