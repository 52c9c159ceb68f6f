/** The shape of the configuration as JSON Schema: what the checker reads, and what editors can be pointed at. */

/** The part of JSON Schema that the checker knows. */
export interface ConfigSchema {
  readonly type?: "object" | "string" | "integer" | "boolean" | "array";
  readonly description?: string;
  readonly properties?: Readonly<Record<string, ConfigSchema>>;
  /** Default true. */
  readonly additionalProperties?: boolean | ConfigSchema;
  readonly required?: readonly string[];
  readonly items?: ConfigSchema;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

const text: ConfigSchema = { type: "string", minLength: 1 };

const credential: ConfigSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    provider: { ...text, description: "Dialect: openai, offline …" },
    baseUrl: {
      type: "string",
      pattern: "^https?://",
      description: "Address of the API, up to and with its version.",
    },
    apiKey: { ...text, description: "The key, or env:NAME to read it from the environment." },
    models: { type: "array", items: text, description: "Models to offer beside those the server lists." },
  },
};

const extension: ConfigSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    enabled: { type: "boolean", description: "Default true." },
    grant: {
      type: "array",
      items: { type: "string", enum: ["storage", "secrets", "network", "fs", "spawn", "routes", "prompt"] },
      description: "Capabilities the extension may use.",
    },
    settings: { type: "object", description: "Checked by the extension's own schema." },
  },
};

export const configSchema: ConfigSchema & { readonly $schema: string; readonly title: string } = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Dispatch configuration",
  type: "object",
  additionalProperties: false,
  properties: {
    $schema: { type: "string" },
    model: {
      ...text,
      description: "Default model: <credential>/<model>, or a credential for its first model.",
    },
    approvals: {
      type: "string",
      enum: ["read-only", "ask", "workspace", "full"],
      description: "What tools may do unasked. Default ask.",
    },
    server: {
      type: "object",
      additionalProperties: false,
      properties: {
        host: { ...text, description: "Address to listen at. Default 127.0.0.1." },
        port: {
          type: "integer",
          minimum: 0,
          maximum: 65_535,
          description: "Default 24203; 0 = any free one.",
        },
      },
    },
    credentials: {
      type: "object",
      additionalProperties: credential,
      description: "Access to models, by name.",
    },
    extensions: { type: "object", additionalProperties: extension, description: "By extension id." },
  },
};
