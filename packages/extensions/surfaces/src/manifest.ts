/** Manifest of `surfaces`. */
import { defineManifest } from "@dispatch/kernel";
import { settingsSchema } from "./settings.ts";

export const manifest = defineManifest({
  id: "surfaces",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "Small interfaces that extensions declare and any client draws.",
  dependsOn: {
    "session-orchestrator/sessions": "^1.0.0",
    "transport-http": "*",
    "transport-ws/broadcast": "^1.0.0",
  },
  capabilities: ["routes", "storage"],
  contributes: {
    points: {
      "transport-http/routes": ["surfaces.list", "surfaces.get", "surfaces.invoke"],
      "transport-ws/ops": ["surface.subscribe", "surface.unsubscribe", "surface.invoke"],
      "surfaces/surfaces": ["extensions"],
    },
  },
  listens: { events: ["session-orchestrator/conversationDeleted", "host/extensionsChanged"] },
  settings: settingsSchema,
});
