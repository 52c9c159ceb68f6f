/** What attachments is: files that messages bring along. */
import { defineManifest } from "@dispatch/kernel";

export const manifest = defineManifest({
  id: "attachments",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "Takes files that messages bring along, and keeps them while a conversation uses them.",
  dependsOn: { "transport-http": "*", "session-orchestrator/sessions": "^1.0.0" },
  capabilities: ["fs", "routes", "storage"],
  listens: { events: ["host/started", "session-orchestrator/conversationDeleted"] },
  contributes: {
    services: ["session-orchestrator/attachments"],
    points: { "transport-http/routes": ["attachments.add", "attachments.get"] },
  },
  settings: {
    type: "object",
    additionalProperties: false,
    properties: {
      folder: { type: "string", minLength: 1, description: "Where they lie, absolute." },
      maxBytes: {
        type: "integer",
        minimum: 1,
        maximum: 104_857_600,
        default: 20_971_520,
        description: "Longest attachment.",
      },
      maxTotalBytes: {
        type: "integer",
        minimum: 1,
        default: 2_147_483_648,
        description: "Bytes of all attachments.",
      },
      unusedMs: {
        type: "integer",
        minimum: 1,
        default: 86_400_000,
        description: "Milliseconds after which what no conversation uses is removed.",
      },
    },
    required: ["folder"],
  },
});

export interface AttachmentSettings {
  readonly folder: string;
  readonly maxBytes: number;
  readonly maxTotalBytes: number;
  readonly unusedMs: number;
}
