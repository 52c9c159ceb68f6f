/** The gate in front of tool calls: it decides by mode and rules, and asks a person where these say so. */
import { defineManifest } from "@dispatch/kernel";
import type { Rule } from "./policy.ts";

export const manifest = defineManifest({
  id: "approvals",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "Asks before a tool call that changes something.",
  dependsOn: { "session-orchestrator/approvals": "^1.0.0" },
  capabilities: ["routes"],
  contributes: { points: { "transport-http/routes": ["approvals.list", "approvals.resolve"] } },
  listens: { filters: ["session-orchestrator/beforeTool"] },
  settings: {
    type: "object",
    additionalProperties: false,
    properties: {
      rules: {
        type: "array",
        default: [],
        description:
          "The first rule that fits a call decides; without one the mode does. `read-only` is never loosened.",
        items: {
          type: "object",
          additionalProperties: false,
          required: ["action"],
          properties: {
            action: { enum: ["allow", "ask", "deny"] },
            tool: { type: "string", description: "Name of the tool; `*` stands for any text." },
            path: {
              type: "string",
              description: "Path in the arguments, as written; `*` stands for any text.",
            },
            argv: {
              type: "array",
              items: { type: "string" },
              description: "Pattern per argument of a command; a last `**` stands for any further ones.",
            },
          },
        },
      },
    },
  },
});

export interface ApprovalSettings {
  readonly rules: readonly Rule[];
}
