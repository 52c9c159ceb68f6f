/** What this server has: models, extensions, its health. */
import type { ExtensionInfo } from "@dispatch/kernel";
import type { Models } from "@dispatch/session-orchestrator/ports";
import { modelsAnswer } from "@dispatch/wire";
import * as z from "zod";
import { defineRoute } from "../ports.ts";

/** `models` throws a `service-missing` when nothing provides them. */
export const modelsRoute = (models: () => Models) =>
  defineRoute({
    method: "GET",
    path: "/models",
    operation: "models.list",
    scope: "read",
    summary: "The models there are now; a provider that fails is named beside them.",
    responses: { 200: modelsAnswer },
    handle: async () => ({ json: await models().list() }),
  });

export const extensionsRoute = (extensions: () => readonly ExtensionInfo[]) =>
  defineRoute({
    method: "GET",
    path: "/extensions",
    operation: "extensions.list",
    scope: "read",
    summary: "The extensions: state, trust, and why one is not running.",
    responses: { 200: z.object({ items: z.array(z.looseObject({ id: z.string(), state: z.string() })) }) },
    handle: async () => ({ json: { items: extensions() } }),
  });

export interface Health {
  readonly version: string;
  readonly pid: number;
  /** Unix ms. */
  readonly startedAt: number;
  readonly now: () => number;
}

export const healthRoute = ({ version, pid, startedAt, now }: Health) =>
  defineRoute({
    method: "GET",
    path: "/health",
    operation: "health",
    scope: "read",
    public: true,
    summary: "200 when it can serve. Says who it is to holders of a token only.",
    responses: {
      200: z.object({
        status: z.literal("ok"),
        version: z.string().optional(),
        pid: z.int().optional(),
        uptimeMs: z.number().optional(),
      }),
    },
    handle: async ({ caller }) => ({
      json: { status: "ok", ...(caller && { version, pid, uptimeMs: now() - startedAt }) },
    }),
  });
