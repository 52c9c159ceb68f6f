/** The configuration after all its layers, and the memory of where each value came from. */
import type { Capability } from "@dispatch/kernel";
import type { Settings } from "@dispatch/wire";

export interface CredentialConfig {
  /** Dialect: `openai`, `offline` … */
  provider: string;
  baseUrl?: string;
  /** The key itself, or `env:NAME`. */
  apiKey?: string;
  /** Offered beside those the server lists. */
  models?: string[];
}

export interface ExtensionConfig {
  /** Default true. */
  enabled?: boolean;
  /** Capabilities an external extension may use. */
  grant?: Capability[];
  /** Checked by the schema in the extension's manifest. */
  settings?: Record<string, unknown>;
}

export interface Config {
  /** Default model, `<credential>/<model>` or a credential. */
  model?: string;
  approvals: NonNullable<Settings["approvals"]>;
  server: { host: string; port: number };
  credentials: Record<string, CredentialConfig>;
  extensions: Record<string, ExtensionConfig>;
}

/** One effective value and its source: `built-in`, a file, `environment DISPATCH_PORT`, `flag --port`. */
export interface ConfigValue {
  readonly path: string;
  readonly value: unknown;
  readonly source: string;
}

export interface ResolvedConfig {
  readonly config: Config;
  readonly values: readonly ConfigValue[];
  /** Files that were read. */
  readonly files: readonly string[];
  /** Things worth a log line that stop nothing. */
  readonly warnings: readonly string[];
}
