/** `dispatch web`: a link that logs a browser in; which browsers are logged in; logging one out. */
import type { ServerCommand, ServerCommandAnswer } from "@dispatch/commands/ports";
import { dispatchError } from "@dispatch/wire";
import type { Browser, Browsers } from "../login/browsers.ts";
import type { MakeLink } from "../login/login-routes.ts";

export interface WebCommandOptions {
  readonly makeLink: MakeLink;
  readonly browsers: Browsers;
}

export const createWebCommand = ({ makeLink, browsers }: WebCommandOptions): ServerCommand => ({
  summary: "print a link that opens the live view in a browser and logs it in, once",
  options: [
    { flags: "--base <url>", description: "address at which the browser reaches the server" },
    { flags: "--list", description: "the browsers that are logged in" },
    { flags: "--revoke <id>", description: "log a browser out" },
  ],
  examples: ["dispatch web", "dispatch web --base http://192.168.1.5:24203", "dispatch web --list"],
  scope: "admin",
  async run({ options }) {
    if (typeof options.revoke === "string") return revoke(browsers, options.revoke);
    if (options.list === true) return list(browsers.list());
    const link = makeLink(typeof options.base === "string" ? options.base : undefined);
    return { json: link, text: `${link.url}\n` };
  },
});

async function revoke(browsers: Browsers, id: string): Promise<ServerCommandAnswer> {
  if (!(await browsers.revoke(id)))
    throw dispatchError("not-found", `No browser ${id} is logged in.`, {
      fix: "`dispatch web --list` shows those that are.",
    });
  return { json: { revoked: id }, text: `logged out ${id}\n` };
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace("T", " ");

function list(rows: readonly Browser[]): ServerCommandAnswer {
  const lines = rows.map(({ id, name, lastUsedAt }) => `${id}  ${name}, last used ${day(lastUsedAt)} UTC\n`);
  return { json: { items: rows }, text: lines.join("") || "No browser is logged in.\n" };
}
