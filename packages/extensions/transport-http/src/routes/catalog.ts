/** What this server has: models, extensions, its health. */
import type { ExtensionInfo } from "@dispatch/kernel";
import type { DrainState, Models, Sessions, StoreReport } from "@dispatch/session-orchestrator/ports";
import {
  type ConfigAnswer,
  configAnswer,
  defaultsAnswer,
  dispatchError,
  mapTexts,
  modelsAnswer,
} from "@dispatch/wire";
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

export const defaultsRoute = (sessions: Sessions) =>
  defineRoute({
    method: "GET",
    path: "/defaults",
    operation: "defaults",
    scope: "read",
    summary: "The settings of a new conversation that sets none, each with where it comes from.",
    query: z.strictObject({ workspace: z.string().min(1).max(256).optional() }),
    responses: { 200: defaultsAnswer },
    handle: async ({ query: { workspace } }) => ({ json: { settings: sessions.defaults(workspace) } }),
  });

/** `redact`: a value may quote a secret all the same. Names stay, whatever they look like. */
export const configRoute = (config: () => ConfigAnswer, redact: (text: string) => string) =>
  defineRoute({
    method: "GET",
    path: "/config",
    operation: "config",
    scope: "admin",
    summary: "What the server was configured with, each value with where it comes from; secrets are hidden.",
    responses: { 200: configAnswer },
    handle: async () => {
      const { values, ...rest } = config();
      const told = values.map((each) => ({ ...each, value: mapTexts(each.value, redact) }));
      return { json: { ...rest, values: told } };
    },
  });

/** `redact`: what an extension failed with is its own text, and may quote a secret. */
export const extensionsRoute = (
  extensions: () => readonly ExtensionInfo[],
  redact: (text: string) => string,
) =>
  defineRoute({
    method: "GET",
    path: "/extensions",
    operation: "extensions.list",
    scope: "read",
    summary: "The extensions: state, trust, and why one is not running.",
    responses: { 200: z.object({ items: z.array(z.looseObject({ id: z.string(), state: z.string() })) }) },
    handle: async () => ({
      json: {
        items: extensions().map(({ reason, lastFault, ...row }) => ({
          ...row,
          ...(reason === undefined ? {} : { reason: redact(reason) }),
          ...(lastFault === undefined ? {} : { lastFault: redact(lastFault) }),
        })),
      },
    }),
  });

export interface Health {
  readonly version: string;
  readonly pid: number;
  /** Unix ms. */
  readonly startedAt: number;
  readonly now: () => number;
  /** What a stop waits for; undefined while there is none. */
  readonly draining: () => DrainState | undefined;
  /** What the store noticed of itself; undefined when it cannot tell. */
  readonly store: () => StoreReport | undefined;
}

const findings = z.array(z.object({ ts: z.number(), text: z.string() }));

export const healthRoute = ({ version, pid, startedAt, now, draining, store }: Health) =>
  defineRoute({
    method: "GET",
    path: "/health",
    operation: "health",
    scope: "read",
    public: true,
    summary:
      "200 when it can serve (`degraded`: its store noticed damage), 503 while it stops. Says more to holders of a token only.",
    responses: {
      200: z.object({
        status: z.enum(["ok", "degraded"]),
        version: z.string().optional(),
        pid: z.int().optional(),
        uptimeMs: z.number().optional(),
        store: z.object({ damage: findings, acceptedLosses: findings }).optional(),
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
      const found = store();
      const status = found && found.damage.length > 0 ? "degraded" : "ok";
      return { json: { status, ...about, ...(caller && found && { store: found }) } };
    },
  });
