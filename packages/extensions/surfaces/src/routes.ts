/** Surfaces over HTTP: the catalogue, one surface as it is now, one of its actions. */
import { defineRoute } from "@dispatch/transport-http/ports";
import {
  conversationId,
  dispatchError,
  invokeAnswer,
  invokeBody,
  problem,
  surfacesAnswer,
  surfaceView,
} from "@dispatch/wire";
import * as z from "zod";
import type { Desk } from "./desk.ts";

const params = z.object({ surface: z.string().max(128) });

export const listRoute = (desk: Desk) =>
  defineRoute({
    method: "GET",
    path: "/surfaces",
    operation: "surfaces.list",
    scope: "read",
    summary: "The surfaces that extensions contribute now, by name.",
    responses: { 200: surfacesAnswer },
    handle: async () => ({ json: { items: desk.catalogue().items } }),
  });

export const getRoute = (desk: Desk) =>
  defineRoute({
    method: "GET",
    path: "/surfaces/:surface",
    operation: "surfaces.get",
    scope: "read",
    summary: "What a surface shows now; `conversationId` names the conversation where it is of one.",
    params,
    query: z.strictObject({ conversationId: conversationId.optional() }),
    responses: { 200: surfaceView, 404: problem, 502: problem },
    handle: async ({ params, query }) => ({ json: await desk.read(params.surface, query.conversationId) }),
  });

export const invokeRoute = (desk: Desk) =>
  defineRoute({
    method: "POST",
    path: "/surfaces/:surface/:action",
    operation: "surfaces.invoke",
    scope: "read",
    summary: "Invokes an action of a surface. The catalogue names the scope that each action needs.",
    params: params.extend({ action: z.string().max(128) }),
    body: invokeBody,
    responses: { 200: invokeAnswer, 404: problem, 409: problem, 502: problem },
    idempotent: true,
    async handle({ params, body, caller, call }) {
      if (!caller) throw dispatchError("unauthorized", "An action needs a credential.");
      await desk.invoke({ ...params, ...body, caller, call });
      return { json: { invoked: true } };
    },
  });
