/** What worktrees is: folders for conversations that shall not touch the user's own. */
import { defineManifest } from "@dispatch/kernel";

export const manifest = defineManifest({
  id: "worktrees",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "Git worktrees of their own for conversations.",
  capabilities: ["fs", "spawn"],
  contributes: { services: ["session-orchestrator/workplaces"] },
  settings: {
    type: "object",
    additionalProperties: false,
    properties: {
      folder: { type: "string", minLength: 1, description: "Where worktrees lie, absolute." },
      gitTimeoutMs: {
        type: "integer",
        minimum: 1,
        default: 60_000,
        description: "Milliseconds that one call of git may take.",
      },
    },
    required: ["folder"],
  },
});

export interface WorktreeSettings {
  readonly folder: string;
  readonly gitTimeoutMs: number;
}
