/** `@dispatch/tools-web`: pages of the public web as text. Which addresses are public is decided in public-address.ts. */
import { lookup } from "node:dns/promises";
import { defineExtension, tools } from "@dispatch/kernel";
import { manifest, type WebToolSettings } from "./manifest.ts";
import { createWebFetch } from "./web-fetch.ts";

export { manifest };

export default defineExtension<typeof manifest, WebToolSettings>(manifest, (host) => {
  const deps = {
    after: host.timers.after.bind(host.timers),
    resolve: (hostname: string) => lookup(hostname, { all: true }),
    userAgent: `dispatch/${manifest.version} (web_fetch)`,
  };
  host.contribute(tools, "web_fetch", createWebFetch(host.settings, deps));
});
