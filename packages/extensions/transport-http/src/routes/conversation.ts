/** One conversation: its meta and settings, and how it stands. */
import type { Sessions } from "@dispatch/session-orchestrator/ports";
import { conversationView, metricsAnswer, openAnswer, patchBody, statusAnswer } from "@dispatch/wire";
import * as z from "zod";
import { defineRoute } from "../ports.ts";
import { etag, idParam, problems, whole } from "./fields.ts";

export const getRoute = (sessions: Sessions) =>
  defineRoute({
    method: "GET",
    path: "/conversations/:id",
    operation: "conversations.get",
    scope: "read",
    summary: "Its meta, and each effective setting with where it comes from.",
    params: idParam,
    responses: { 200: conversationView, ...problems(404) },
    async handle({ params }) {
      const view = await sessions.get(params.id);
      return { json: view, headers: etag(view) };
    },
  });

export const patchRoute = (sessions: Sessions) =>
  defineRoute({
    method: "PATCH",
    path: "/conversations/:id",
    operation: "conversations.patch",
    scope: "write",
    summary: "Changes meta and settings, all or nothing; null clears. Honours `If-Match`.",
    params: idParam,
    body: patchBody,
    responses: { 200: conversationView, ...problems(404, 409, 412) },
    idempotent: true,
    async handle({ params, body, call, ifMatch }) {
      const view = await sessions.patch(params.id, body, call, ifMatch);
      return { json: view, headers: etag(view) };
    },
  });

export const statusRoute = (sessions: Sessions) =>
  defineRoute({
    method: "GET",
    path: "/conversations/:id/status",
    operation: "conversations.status",
    scope: "read",
    summary: "Whether a turn runs, which one, and how the last one ended.",
    params: idParam,
    responses: { 200: statusAnswer, ...problems(404) },
    handle: async ({ params }) => ({ json: await sessions.status(params.id) }),
  });

export const metricsRoute = (sessions: Sessions) =>
  defineRoute({
    method: "GET",
    path: "/conversations/:id/metrics",
    operation: "conversations.metrics",
    scope: "read",
    summary: "Its totals, and usage and times of its newest turns, oldest first.",
    params: idParam,
    query: z.strictObject({ limit: whole(1, 200).optional() }),
    responses: { 200: metricsAnswer, ...problems(404) },
    handle: async ({ params, query: { limit } }) => ({ json: await sessions.metrics(params.id, limit) }),
  });

export const openRoute = (sessions: Sessions) =>
  defineRoute({
    method: "POST",
    path: "/conversations/:id/open",
    operation: "conversations.open",
    scope: "write",
    summary: "Asks every client to show it.",
    params: idParam,
    body: z.strictObject({}),
    responses: { 200: openAnswer, ...problems(404) },
    async handle({ params }) {
      await sessions.open(params.id);
      return { json: { opened: true } };
    },
  });
