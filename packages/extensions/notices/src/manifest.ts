/** Manifest of `notices`. */
import { defineManifest } from "@dispatch/kernel";

export const manifest = defineManifest({
  id: "notices",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "Tells clients what ended, failed or stalled; keeps a bounded log of it.",
  dependsOn: {
    "session-orchestrator/sessions": "^1.0.0",
    "transport-http": "*",
    "transport-ws/broadcast": "^1.0.0",
  },
  capabilities: ["routes", "storage"],
  contributes: {
    services: ["notices/notices"],
    points: { "transport-http/routes": ["notices.list"] },
  },
  listens: {
    events: [
      "session-orchestrator/turnSettled",
      "session-orchestrator/turnStalled",
      "session-orchestrator/turnResumed",
      "session-orchestrator/conversationCompactionFailed",
      "host/extensionsChanged",
    ],
  },
  settings: {
    type: "object",
    additionalProperties: false,
    properties: {
      keep: { type: "integer", minimum: 1, default: 200, description: "The newest notices that are kept." },
    },
  },
});

export interface Settings {
  readonly keep: number;
}
