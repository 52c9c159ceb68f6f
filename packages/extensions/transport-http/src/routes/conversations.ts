/** The conversations as a collection: list, create, find by prefix. */
import type { Sessions } from "@dispatch/session-orchestrator/ports";
import {
  type ConversationRow,
  type ConversationView,
  conversationStatus,
  conversationView,
  createAnswer,
  createBody,
  dispatchError,
  listAnswer,
} from "@dispatch/wire";
import * as z from "zod";
import { defineRoute } from "../ports.ts";
import { commaList, etag, idParam, problems, whole } from "./fields.ts";

const listQuery = z.strictObject({
  status: commaList(conversationStatus).optional(),
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

const everyStatus = conversationStatus.options;

export const childrenRoute = (sessions: Sessions) =>
  defineRoute({
    method: "GET",
    path: "/conversations/:id/children",
    operation: "conversations.children",
    scope: "read",
    summary: "The conversations it is the parent of, closed ones too, newest activity first.",
    params: idParam,
    query: z.strictObject({
      status: commaList(conversationStatus).optional(),
      limit: whole(1, 1_000).optional(),
      cursor: z.string().max(4_096).optional(),
    }),
    responses: { 200: listAnswer, ...problems(404) },
    async handle({ params, query: { status, ...page } }) {
      const { id } = await sessions.get(params.id);
      return { json: await sessions.list({ ...page, statuses: status ?? everyStatus, parent: id }) };
    },
  });

export const createRoute = (sessions: Sessions) =>
  defineRoute({
    method: "POST",
    path: "/conversations",
    operation: "conversations.create",
    scope: "write",
    summary: "Creates a conversation, with a first message if given.",
    body: createBody,
    responses: { 201: createAnswer, ...problems(409) },
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
    summary:
      "Finds the one conversation by the beginning of its id, or by a label; several: 409 with the candidates.",
    query: z
      .strictObject({
        prefix: z.string().min(1).max(128).optional(),
        label: z.string().min(1).max(64).optional(),
      })
      .refine(({ prefix, label }) => (prefix === undefined) !== (label === undefined), {
        path: ["prefix"],
        message: "Give either `prefix` or `label`.",
      }),
    responses: { 200: conversationView, ...problems(404, 409) },
    handle: async ({ query: { prefix = "", label } }) => ({
      json: await (label === undefined ? sessions.resolve(prefix) : resolveLabel(sessions, label)),
    }),
  });

/** Candidates that are named when a label is not enough. */
const mostCandidates = 6;

async function resolveLabel(sessions: Sessions, label: string): Promise<ConversationView> {
  const found: ConversationRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await sessions.list({
      statuses: ["active", "idle", "closed"],
      label,
      limit: mostCandidates,
      cursor,
    });
    found.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined && found.length < 2);
  const [only] = found;
  if (!only) throw dispatchError("conversation-not-found", `No conversation has the label ${label}.`);
  if (found.length === 1) return sessions.get(only.id);
  const candidates = found.map(({ id, title }) => ({ id, title }));
  throw dispatchError(
    "ambiguous-id",
    `The label ${label} is on ${candidates.map(({ id }) => id).join(", ")}.`,
    {
      fix: "Give the id of one of the candidates.",
      data: { candidates },
    },
  );
}
