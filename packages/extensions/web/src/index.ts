/** `@dispatch/web`: the live view, served to browsers, and how a browser gets a token of its own. */
import { randomBytes } from "node:crypto";
import { commands } from "@dispatch/commands/ports";
import { defineExtension } from "@dispatch/kernel";
import { credentials, listener, routes } from "@dispatch/transport-http/ports";
import { createWebCommand } from "./command/web-command.ts";
import { createBrowsers } from "./login/browsers.ts";
import { linkTo } from "./login/link.ts";
import { createLoginCodes } from "./login/login-codes.ts";
import { loginRoutes } from "./login/login-routes.ts";
import { manifest } from "./manifest.ts";
import { pageRoutes } from "./page/page-routes.ts";
import { builtFolder, createStaticFiles } from "./page/static-files.ts";
import type { Settings } from "./settings.ts";

export { manifest };

const sweepMs = 3_600_000;

export default defineExtension<typeof manifest, Settings>(manifest, async (host) => {
  const { settings, storage, log, timers } = host;
  const codes = createLoginCodes({ lifeMs: settings.linkMs, now: host.now, random: randomBytes });
  const browsers = createBrowsers({
    storage,
    credentials: host.get(credentials),
    now: host.now,
    random: randomBytes,
    log,
    ...settings,
  });
  host.onDispose("browsers", () => browsers.forget()); // also of a start that fails half way
  await browsers.load();
  timers.every(sweepMs, () => browsers.sweep());

  const { url, serves } = host.get(listener);
  const makeLink = (base?: string) => {
    const { code, expiresAt } = codes.make();
    return { url: linkTo(base ?? url, code, serves), expiresAt };
  };
  const all = {
    ...pageRoutes(createStaticFiles(builtFolder())),
    ...loginRoutes({ codes, browsers, makeLink }),
  };
  for (const name of manifest.contributes.points["transport-http/routes"])
    host.contribute(routes, name, all[name]);
  host.contribute(commands, "web", createWebCommand({ makeLink, browsers }));
});
