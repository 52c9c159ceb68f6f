/** The running turn: wait for its answer, stop it, close the conversation. */
import type { Sessions } from "@dispatch/session-orchestrator/ports";
import { conversationView, lastAnswer, stopAnswer, stopBody } from "@dispatch/wire";
import * as z from "zod";
import { defineRoute } from "../ports.ts";
import { idParam, problems, whole } from "./fields.ts";

const lastTimeoutMs = { default: 60_000, most: 600_000 } as const;

export const lastRoute = (sessions: Sessions) =>
  defineRoute({
    method: "GET",
    path: "/conversations/:id/last",
    operation: "conversations.last",
    scope: "read",
    summary: "Waits for the running turn and gives the last answer; at the time-out `{ running: true }`.",
    params: idParam,
    query: z.strictObject({ timeoutMs: whole(0, lastTimeoutMs.most).optional() }),
    responses: { 200: lastAnswer, ...problems(404) },
    handle: async ({ params, query: { timeoutMs = lastTimeoutMs.default }, signal }) => ({
      json: await sessions.last(params.id, { timeoutMs, signal }),
    }),
  });

export const stopRoute = (sessions: Sessions) =>
  defineRoute({
    method: "POST",
    path: "/conversations/:id/stop",
    operation: "conversations.stop",
    scope: "write",
    summary: "Aborts the running turn, or only the one named, and answers when it is sealed.",
    params: idParam,
    body: stopBody,
    responses: { 200: stopAnswer, ...problems(404) },
    idempotent: true,
    handle: async ({ params, body, call }) => ({ json: await sessions.stop(params.id, body.turnId, call) }),
  });

export const closeRoute = (sessions: Sessions) =>
  defineRoute({
    method: "POST",
    path: "/conversations/:id/close",
    operation: "conversations.close",
    scope: "write",
    summary: "Aborts and seals the running turn, discards the queue and closes the conversation.",
    params: idParam,
    body: z.strictObject({}),
    responses: { 200: conversationView, ...problems(404) },
    idempotent: true,
    handle: async ({ params, call }) => ({ json: await sessions.close(params.id, call) }),
  });
