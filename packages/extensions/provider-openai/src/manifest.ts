/** Manifest of `provider-openai`. */
import { defineManifest } from "@dispatch/kernel";

export const manifest = defineManifest({
  id: "provider-openai",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "Models behind any OpenAI-compatible chat-completions endpoint.",
  capabilities: ["network"],
  contributes: { points: { providers: ["openai"] } },
  settings: {
    type: "object",
    additionalProperties: false,
    properties: {
      idleTimeoutMs: {
        type: "integer",
        minimum: 1,
        // Node's own fetch gives up after 300 s of silence.
        maximum: 300_000,
        description:
          "Silence after which a request has failed, in ms. Default 120000; 300000 for a local server.",
      },
      modelsTimeoutMs: {
        type: "integer",
        minimum: 1,
        maximum: 300_000,
        default: 10_000,
        description: "Time a server has to list its models, in ms.",
      },
    },
  },
});
