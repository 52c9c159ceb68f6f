/** GET, PUT and DELETE of `/conversations/:id/<field>`: the title and the settings with a route of their own, from one table. */
import type { Sessions } from "@dispatch/session-orchestrator/ports";
import {
  type ConversationView,
  createBody,
  type PatchBody,
  settingRoutes,
  settingShapes,
} from "@dispatch/wire";
import * as z from "zod";
import { defineRoute, type RouteDefinition } from "../ports.ts";
import { etag, idParam, problems } from "./fields.ts";
import { type FieldOperation, type FieldSegment, fieldSegments } from "./operations.ts";

const answer = z.object({ value: z.unknown(), source: z.string() });

export function fieldRoutes(sessions: Sessions): Record<FieldOperation, RouteDefinition> {
  const entries = fieldSegments.flatMap((segment) =>
    routesOf(sessions, segment).map((route) => [route.operation, route]),
  );
  return Object.fromEntries(entries) as Record<FieldOperation, RouteDefinition>;
}

/** The member of PATCH bodies that a segment stands for, and its schema. */
function fieldOf(segment: FieldSegment): { readonly name: keyof PatchBody; readonly schema: z.ZodType } {
  if (segment === "title") return { name: "title", schema: createBody.shape.title.unwrap() };
  const name = settingRoutes[segment];
  return { name, schema: settingShapes[name] };
}

function routesOf(sessions: Sessions, segment: FieldSegment): RouteDefinition[] {
  const { name, schema } = fieldOf(segment);
  const shared = { path: `/conversations/:id/${segment}`, params: idParam } as const;
  const read = { 200: answer, ...problems(404) };
  const responses = { ...read, ...problems(409, 412) };
  const shown = (view: ConversationView) => ({ json: fieldValue(view, name), headers: etag(view) });
  return [
    defineRoute({
      ...shared,
      method: "GET",
      operation: `conversations.${segment}.get`,
      scope: "read",
      summary: `Its effective ${segment}, with where it comes from.`,
      responses: read,
      handle: async ({ params }) => shown(await sessions.get(params.id)),
    }),
    defineRoute({
      ...shared,
      method: "PUT",
      operation: `conversations.${segment}.set`,
      scope: "write",
      summary: `Sets its ${segment}. Honours \`If-Match\`.`,
      body: z.strictObject({ value: schema }),
      responses,
      idempotent: true,
      handle: async ({ params, body, call, ifMatch }) =>
        shown(await sessions.patch(params.id, { [name]: body.value }, call, ifMatch)),
    }),
    defineRoute({
      ...shared,
      method: "DELETE",
      operation: `conversations.${segment}.clear`,
      scope: "write",
      summary: `Clears its own ${segment}, so that the default applies. Honours \`If-Match\`.`,
      responses,
      idempotent: true,
      handle: async ({ params, call, ifMatch }) =>
        shown(await sessions.patch(params.id, { [name]: null }, call, ifMatch)),
    }),
  ];
}

function fieldValue(view: ConversationView, name: keyof PatchBody): { value: unknown; source: string } {
  if (name === "title") return { value: view.title, source: "conversation" };
  const { value = null, source } = view.settings[name] ?? { source: "built-in" };
  return { value, source };
}
