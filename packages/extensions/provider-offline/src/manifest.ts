/** Manifest of `provider-offline`. */
import { defineManifest } from "@dispatch/kernel";

export const manifest = defineManifest({
  id: "provider-offline",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "A script in the place of a model, so that everything runs without a key. It says so.",
  contributes: { points: { providers: ["offline"] } },
  settings: {
    type: "object",
    additionalProperties: false,
    properties: {
      deltaDelayMs: {
        type: "integer",
        minimum: 0,
        maximum: 60_000,
        default: 0,
        description: "Pause between two pieces of an answer, in ms.",
      },
    },
  },
});
