/** A conversation as a document, out and in; and its deletion, which leaves one behind. */
import type { Sessions } from "@dispatch/session-orchestrator/ports";
import { conversationId, conversationView, deleteAnswer } from "@dispatch/wire";
import * as z from "zod";
import { defineRoute } from "../ports.ts";
import { etag, flag, idParam, problems } from "./fields.ts";

const jsonLines = "application/jsonl";

export const exportRoute = (sessions: Sessions) =>
  defineRoute({
    method: "GET",
    path: "/conversations/:id/export",
    operation: "conversations.export",
    scope: "read",
    summary: "Everything it holds up to now as one document: a header line, then its records, one a line.",
    params: idParam,
    responses: { 200: { description: "The document.", types: [jsonLines] }, ...problems(404) },
    async handle({ params }) {
      const { id, pieces } = await sessions.export(params.id);
      const iterator = pieces[Symbol.asyncIterator]();
      return {
        headers: { "Content-Disposition": `attachment; filename="${id}.jsonl"` },
        stream: {
          contentType: jsonLines,
          next: async () => (await iterator.next()).value as string | undefined,
          close: () => void iterator.return?.(),
        },
      };
    },
  });

export const importRoute = (sessions: Sessions) =>
  defineRoute({
    method: "POST",
    path: "/conversations/import",
    operation: "conversations.import",
    scope: "write",
    summary:
      "Makes a conversation of a document: under `id`, else under its own id when that is free, else under a new one.",
    query: z.strictObject({
      id: conversationId.regex(/^(?!(?:resolve|preview|import)$)/, "This word is an address.").optional(),
    }),
    raw: {
      description: "A document as `GET /conversations/:id/export` gives it.",
      types: [jsonLines, "application/x-ndjson"],
    },
    responses: { 201: conversationView, ...problems(409) },
    idempotent: true,
    async handle({ query, call, raw = nothing() }) {
      const view = await sessions.import(raw, query, call);
      return { status: 201, headers: { ...etag(view), Location: `/conversations/${view.id}` }, json: view };
    },
  });

async function* nothing(): AsyncGenerator<Uint8Array> {}

export const deleteRoute = (sessions: Sessions) =>
  defineRoute({
    method: "DELETE",
    path: "/conversations/:id",
    operation: "conversations.delete",
    scope: "write",
    summary:
      "Aborts the running turn and removes everything; viewers end. Its document is archived first, unless `archive=false`.",
    params: idParam,
    query: z.strictObject({ archive: flag.optional() }),
    responses: { 200: deleteAnswer, ...problems(404, 501) },
    handle: async ({ params, query: { archive = true } }) => ({
      json: await sessions.delete(params.id, { archive }),
    }),
  });
