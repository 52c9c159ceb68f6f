/** Manifest of `transport-http`. */
import { defineManifest } from "@dispatch/kernel";
import { operations } from "./routes/operations.ts";
import { settingsSchema } from "./settings.ts";

export const manifest = defineManifest({
  id: "transport-http",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "Serves conversations over HTTP, with answers as JSON, NDJSON and server-sent events.",
  dependsOn: { "session-orchestrator/sessions": "^1.0.0" },
  capabilities: ["network", "fs"],
  contributes: {
    points: { "transport-http/routes": operations },
    services: ["transport-http/listener", "transport-http/credentials"],
  },
  settings: settingsSchema,
});
