/** What this server has: models, extensions, its health. */
import type { ExtensionInfo } from "@dispatch/kernel";
import type { DrainState, Models } from "@dispatch/session-orchestrator/ports";
import { dispatchError, modelsAnswer } from "@dispatch/wire";
import * as z from "zod";
import { defineRoute } from "../ports.ts";
import { problems } from "./fields.ts";

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
  /** What a stop waits for; undefined while there is none. */
  readonly draining: () => DrainState | undefined;
}

export const healthRoute = ({ version, pid, startedAt, now, draining }: Health) =>
  defineRoute({
    method: "GET",
    path: "/health",
    operation: "health",
    scope: "read",
    public: true,
    summary: "200 when it can serve, 503 while it stops. Says who it is to holders of a token only.",
    responses: {
      200: z.object({
        status: z.literal("ok"),
        version: z.string().optional(),
        pid: z.int().optional(),
        uptimeMs: z.number().optional(),
      }),
      ...problems(503),
    },
    async handle({ caller }) {
      const about = caller && { version, pid, uptimeMs: now() - startedAt };
      const stop = draining();
      if (stop) {
        const { turns, until } = stop;
        const leftMs = Math.max(0, until - now());
        throw dispatchError("shutting-down", "The server is stopping.", {
          retryAfterMs: 2_000,
          data: { ...about, ...(caller && { turns, leftMs }) },
        });
      }
      return { json: { status: "ok", ...about } };
    },
  });
