/** HTTP: /conversations/:id/queue. */
import type { Queues } from "@dispatch/session-orchestrator/ports";
import { defineRoute, type RouteDefinition } from "@dispatch/transport-http/ports";
import {
  conversationId,
  problem,
  queueAnswer,
  queueBody,
  queueCancelAnswer,
  queueClearAnswer,
  queueResumeAnswer,
  queueState,
} from "@dispatch/wire";
import * as z from "zod";
import type { routeNames } from "./names.ts";

const idParam = z.object({ id: conversationId });

const offer = (queues: Queues) =>
  defineRoute({
    method: "POST",
    path: "/conversations/:id/queue",
    operation: "queue.offer",
    scope: "write",
    summary: "Says something to a conversation whether a turn runs or not: it waits, or it starts a turn.",
    params: idParam,
    body: queueBody,
    responses: {
      200: queueAnswer,
      404: problem,
      409: problem,
      // `queue-full`, and `turn-not-stopped` of an interrupt: stated for every route, said here for what they mean.
      429: problem,
      503: problem,
    },
    idempotent: true,
    async handle({ params, body, call }) {
      const { before: _before, ...answer } = await queues.offer(params.id, body, call);
      return { json: answer };
    },
  });

const list = (queues: Queues) =>
  defineRoute({
    method: "GET",
    path: "/conversations/:id/queue",
    operation: "queue.list",
    scope: "read",
    summary: "What waits, in order, and whether it is held.",
    params: idParam,
    responses: { 200: queueState, 404: problem },
    handle: async ({ params }) => ({ json: await queues.list(params.id) }),
  });

const cancel = (queues: Queues) =>
  defineRoute({
    method: "DELETE",
    path: "/conversations/:id/queue/:messageId",
    operation: "queue.cancel",
    scope: "write",
    summary: "Takes one message back; `cancelled: false` when it does not wait any more.",
    params: idParam.extend({ messageId: z.string().min(1).max(128) }),
    responses: { 200: queueCancelAnswer, 404: problem, 409: problem },
    idempotent: true,
    handle: async ({ params, call }) => ({ json: await queues.cancel(params.id, params.messageId, call) }),
  });

const clear = (queues: Queues) =>
  defineRoute({
    method: "DELETE",
    path: "/conversations/:id/queue",
    operation: "queue.clear",
    scope: "write",
    summary: "Takes back all that waits.",
    params: idParam,
    responses: { 200: queueClearAnswer, 404: problem, 409: problem },
    idempotent: true,
    handle: async ({ params, call }) => ({ json: await queues.clear(params.id, call) }),
  });

const resume = (queues: Queues) =>
  defineRoute({
    method: "POST",
    path: "/conversations/:id/queue/resume",
    operation: "queue.resume",
    scope: "write",
    summary: "Lets a held queue go on: its next turn starts, unless one runs.",
    params: idParam,
    body: z.strictObject({}),
    responses: { 200: queueResumeAnswer, 404: problem, 409: problem },
    idempotent: true,
    handle: async ({ params, call }) => ({ json: await queues.resume(params.id, call) }),
  });

/** By operation. */
export const queueRoutes = (queues: Queues): Record<(typeof routeNames)[number], RouteDefinition> => ({
  "queue.offer": offer(queues),
  "queue.list": list(queues),
  "queue.cancel": cancel(queues),
  "queue.clear": clear(queues),
  "queue.resume": resume(queues),
});
