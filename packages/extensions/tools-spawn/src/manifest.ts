/** What tools-spawn is. */
import { defineManifest } from "@dispatch/kernel";

export const manifest = defineManifest({
  id: "tools-spawn",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "Child conversations: the spawn tool.",
  dependsOn: {
    "session-orchestrator/sessions": "^1.0.0",
    "session-orchestrator/activity": "^1.0.0",
  },
  contributes: { points: { tools: ["spawn"] } },
  listens: {
    events: [
      "session-orchestrator/conversationChanged",
      "session-orchestrator/conversationClosed",
      "session-orchestrator/conversationDeleted",
    ],
  },
  settings: {
    type: "object",
    additionalProperties: false,
    properties: {
      maxDepth: { type: "integer", minimum: 0, default: 3, description: "Levels of children below a root." },
      maxRunning: {
        type: "integer",
        minimum: 1,
        default: 8,
        description: "Children of one conversation that run at once.",
      },
      timeoutMs: {
        type: "integer",
        minimum: 0,
        default: 0,
        description: "Longest turn of a child, ms. 0 = no limit.",
      },
    },
  },
});

export interface SpawnSettings {
  readonly maxDepth: number;
  readonly maxRunning: number;
  /** ms; 0 = none */
  readonly timeoutMs: number;
}
