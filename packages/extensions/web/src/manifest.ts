/** What web is. */
import { defineManifest } from "@dispatch/kernel";
import { settingsSchema } from "./settings.ts";

export const manifest = defineManifest({
  id: "web",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "The live view in a browser.",
  dependsOn: {
    kv: "*",
    "transport-http/listener": "^1.0.0",
    "transport-http/credentials": "^1.0.0",
  },
  capabilities: ["storage", "fs", "routes"],
  contributes: {
    points: {
      "transport-http/routes": [
        "web.page",
        "web.asset",
        "web.link",
        "web.session",
        "web.sessions",
        "web.session.delete",
      ],
      "commands/commands": ["web"],
    },
  },
  settings: settingsSchema,
});
