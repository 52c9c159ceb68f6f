/** The conversations as a collection: list, create, find by prefix. */
import type { Sessions } from "@dispatch/session-orchestrator/ports";
import { conversationStatus, conversationView, createBody, listAnswer } from "@dispatch/wire";
import * as z from "zod";
import { defineRoute } from "../ports.ts";
import { etag, problems, whole } from "./fields.ts";

const listQuery = z.strictObject({
  status: z
    .string()
    .transform((text) => text.split(",").map((status) => status.trim()))
    .pipe(z.array(conversationStatus).min(1))
    .optional(),
  q: z.string().max(128).optional(),
  search: z.string().max(256).optional(),
  workspace: z.string().max(256).optional(),
  parent: z.string().max(128).optional(),
  label: z.string().max(64).optional(),
  limit: whole(1, 1_000).optional(),
  cursor: z.string().max(4_096).optional(),
});

export const listRoute = (sessions: Sessions) =>
  defineRoute({
    method: "GET",
    path: "/conversations",
    operation: "conversations.list",
    scope: "read",
    summary: "Lists conversations, newest activity first; without `status` the active and idle ones.",
    query: listQuery,
    responses: { 200: listAnswer },
    handle: async ({ query: { status, q, ...rest } }) => ({
      json: await sessions.list({ ...rest, statuses: status, prefix: q }),
    }),
  });

export const createRoute = (sessions: Sessions) =>
  defineRoute({
    method: "POST",
    path: "/conversations",
    operation: "conversations.create",
    scope: "write",
    summary: "Creates a conversation, with a first message if given.",
    body: createBody,
    responses: { 201: conversationView, ...problems(409) },
    idempotent: true,
    async handle({ body, call }) {
      const { conversation, turn, turnError } = await sessions.create(body, call);
      const headers = { ...etag(conversation), Location: `/conversations/${conversation.id}` };
      return { status: 201, headers, json: { ...conversation, turn, turnError } };
    },
  });

export const resolveRoute = (sessions: Sessions) =>
  defineRoute({
    method: "GET",
    path: "/conversations/resolve",
    operation: "conversations.resolve",
    scope: "read",
    summary: "Finds the one conversation whose id starts with `prefix`; several: 409 with the candidates.",
    query: z.strictObject({ prefix: z.string().min(1).max(128) }),
    responses: { 200: conversationView, ...problems(404, 409) },
    handle: async ({ query }) => ({ json: await sessions.resolve(query.prefix) }),
  });
