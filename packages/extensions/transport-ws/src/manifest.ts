/** Manifest of `transport-ws`. */
import { defineManifest } from "@dispatch/kernel";
import { operationNames } from "./operations.ts";
import { settingsSchema } from "./settings.ts";

export const manifest = defineManifest({
  id: "transport-ws",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description:
    "Serves many conversations over one WebSocket, on the port and behind the gate of the HTTP transport.",
  dependsOn: {
    "session-orchestrator/sessions": "^1.0.0",
    "session-orchestrator/approvals": "^1.0.0",
    "transport-http/listener": "^1.0.0",
  },
  capabilities: ["network"],
  contributes: { points: { "transport-ws/ops": operationNames }, services: ["transport-ws/broadcast"] },
  listens: {
    events: [
      "session-orchestrator/conversationOpened",
      "session-orchestrator/conversationStatusChanged",
      "session-orchestrator/conversationChanged",
      "session-orchestrator/conversationCompacted",
      "session-orchestrator/conversationDeleted",
    ],
  },
  settings: settingsSchema,
});
