/** Logging in without cookies: a one-time link, exchanged for a token that only this browser has; and logging out. */
import { defineRoute, type RouteDefinition } from "@dispatch/transport-http/ports";
import { dispatchError, problem } from "@dispatch/wire";
import * as z from "zod";
import { browserName } from "./browser-name.ts";
import type { Browsers } from "./browsers.ts";
import type { LoginCodes } from "./login-codes.ts";

export type MakeLink = (base?: string) => { readonly url: string; readonly expiresAt: number };

export interface LoginOptions {
  readonly codes: LoginCodes;
  readonly browsers: Browsers;
  readonly makeLink: MakeLink;
}

const link = z.object({ url: z.string(), expiresAt: z.int() });
const session = z.object({ id: z.string(), token: z.string() });
const browser = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.int(),
  lastUsedAt: z.int(),
  expiresAt: z.int(),
});

type LoginOperation = "web.link" | "web.session" | "web.sessions" | "web.session.delete";

export function loginRoutes(options: LoginOptions): Record<LoginOperation, RouteDefinition> {
  const { codes, browsers, makeLink } = options;
  return {
    "web.link": defineRoute({
      method: "POST",
      path: "/web/links",
      operation: "web.link",
      scope: "admin",
      summary: "A one-time link that logs a browser in.",
      body: z.strictObject({ base: z.string().max(300).optional() }),
      responses: { 201: link },
      handle: async ({ body }) => ({ status: 201, json: makeLink(body.base) }),
    }),
    "web.session": defineRoute({
      method: "POST",
      path: "/web/session",
      operation: "web.session",
      scope: "read",
      public: true,
      summary: "Exchanges the code of a login link, once, for a token of this browser.",
      body: z.strictObject({ code: z.string().min(1).max(256) }),
      headers: { "User-Agent": "What the browser is called in the list." },
      responses: { 201: session },
      async handle({ body, header }) {
        codes.take(body.code);
        return { status: 201, json: await browsers.add(browserName(header("user-agent"))) };
      },
    }),
    "web.sessions": defineRoute({
      method: "GET",
      path: "/web/sessions",
      operation: "web.sessions",
      scope: "admin",
      summary: "The browsers that are logged in.",
      responses: { 200: z.object({ items: z.array(browser) }) },
      handle: async () => ({ json: { items: browsers.list() } }),
    }),
    "web.session.delete": defineRoute({
      method: "DELETE",
      path: "/web/sessions/:id",
      operation: "web.session.delete",
      scope: "read",
      summary: "Logs a browser out. A browser may log out itself; another needs the scope admin.",
      params: z.object({ id: z.string().max(128) }),
      responses: { 204: "Logged out.", 404: problem },
      async handle({ params, caller }) {
        if (caller?.credential !== params.id && !caller?.scopes.has("admin"))
          throw dispatchError("forbidden-scope", "Logging out another browser needs the scope admin.");
        if (!(await browsers.revoke(params.id)))
          throw dispatchError("not-found", "No browser with this id is logged in.", {
            fix: "`dispatch web --list` shows those that are.",
          });
        return {};
      },
    }),
  };
}
