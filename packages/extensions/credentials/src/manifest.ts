/** Manifest of `credentials`, and its settings as types. */
import { defineManifest } from "@dispatch/kernel";

/** One credential, as the config gives it. */
export interface CredentialSettings {
  /** Name of a provider dialect, e.g. `openai`. */
  readonly provider: string;
  readonly baseUrl?: string | undefined;
  /** `env:NAME`, or the key itself. */
  readonly apiKey?: string | undefined;
  /** Models to offer beside what the server lists; the first is what a bare credential name means. */
  readonly models?: readonly string[] | undefined;
}

/** Times in ms. */
export interface CredentialsSettings {
  /** Model when none is named; absent: the first credential that can be used. */
  readonly default?: string | undefined;
  /** By name, strongest first. */
  readonly credentials: Readonly<Record<string, CredentialSettings>>;
  readonly detectOllama: boolean;
  /** Address of Ollama as `OLLAMA_HOST` has it; absent: that variable, else 127.0.0.1:11434. */
  readonly ollamaHost?: string | undefined;
  readonly detectTimeoutMs: number;
  readonly catalogueTimeoutMs: number;
  readonly catalogueCacheMs: number;
}

const milliseconds = (fallback: number, description: string) => ({
  type: "integer",
  minimum: 1,
  maximum: 2_147_483_647,
  default: fallback,
  description,
});

export const manifest = defineManifest({
  id: "credentials",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "Turns names such as `openai/gpt-5` into providers, and lists what there is.",
  capabilities: ["secrets", "network"],
  listens: { events: ["host/started"] },
  contributes: { services: ["session-orchestrator/models"] },
  settings: {
    type: "object",
    additionalProperties: false,
    properties: {
      default: {
        type: "string",
        minLength: 1,
        description: "Model when none is named: `<credential>/<model>` or a credential.",
      },
      credentials: {
        type: "object",
        default: {},
        propertyNames: { pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" },
        additionalProperties: {
          type: "object",
          additionalProperties: false,
          required: ["provider"],
          properties: {
            provider: { type: "string", minLength: 1, description: "Dialect, e.g. `openai`." },
            baseUrl: { type: "string", minLength: 1, description: "Default: the dialect's own server." },
            apiKey: { type: "string", minLength: 1, description: "`env:NAME`, or the key itself." },
            models: {
              type: "array",
              items: { type: "string", minLength: 1 },
              description: "Offered beside what the server lists.",
            },
          },
        },
      },
      detectOllama: { type: "boolean", default: true, description: "Look for a local Ollama at boot." },
      ollamaHost: {
        type: "string",
        minLength: 1,
        description: "Where it is. Default: OLLAMA_HOST, else 127.0.0.1:11434.",
      },
      detectTimeoutMs: milliseconds(300, "Time it has to answer."),
      catalogueTimeoutMs: milliseconds(5_000, "Time each server has to list its models."),
      catalogueCacheMs: milliseconds(60_000, "How long such a list is used."),
    },
  },
});
