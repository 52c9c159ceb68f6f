/** From a route table to a router: routes, 405 with `Allow` for their other methods, 404 for everything else. */

import { dispatchError } from "@dispatch/wire";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { Hono } from "hono";
import { answerError } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import { unauthorized } from "./gate/credentials.ts";
import type { RouteDefinition } from "./ports.ts";

export type Router = Hono<{ Bindings: Exchange }>;
export type ServeRoute = (
  route: RouteDefinition,
  params: Readonly<Record<string, string>>,
  exchange: Exchange,
) => Promise<void>;

/** Answers are written to the exchange's `outgoing`. `serve` must not reject. */
export function createRouter(routes: readonly RouteDefinition[], serve: ServeRoute): Router {
  const router: Router = new Hono();
  // Without a token nobody learns which addresses exist.
  const refuse = (
    exchange: Exchange,
    error: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Response => {
    answerError(exchange, exchange.caller ? error : unauthorized(), exchange.caller ? headers : undefined);
    return RESPONSE_ALREADY_SENT;
  };
  for (const route of routes) {
    router.on(route.method, route.path, async (context) => {
      await serve(route, context.req.param(), context.env);
      return RESPONSE_ALREADY_SENT;
    });
  }
  for (const [path, allowed] of methodsByPath(routes)) {
    const allow = allowed.includes("GET") ? [...allowed, "HEAD"] : allowed;
    const headers = { Allow: allow.join(", ") };
    const error = () => dispatchError("method-not-allowed", `This address takes ${headers.Allow}.`);
    router.all(path, (context) => refuse(context.env, error(), headers));
  }
  router.notFound((context) =>
    refuse(context.env, dispatchError("not-found", "There is nothing at this address.")),
  );
  return router;
}

function methodsByPath(routes: readonly RouteDefinition[]): Map<string, string[]> {
  const paths = new Map<string, string[]>();
  for (const { path, method } of routes) paths.set(path, [...(paths.get(path) ?? []), method]);
  return paths;
}
