/** Secrets: read from the environment by reference, and remembered so that no log line shows one. */
import type { Redaction } from "@dispatch/kernel";
import { createRedaction } from "@dispatch/kernel/host";
import type { Config } from "../config/types.ts";
import type { Environment } from "../paths.ts";

export interface NodeSecrets {
  /** `env:NAME` reads the environment (empty counts as absent); anything else is the secret itself. */
  resolve(reference: string): string | undefined;
  /** A value that must not appear in logs. */
  remember(value: string): void;
  /** The text without any secret value, as it stands and as it looks in JSON, URLs, base64 and hex. */
  redact(text: string): string;
  /** The same for whoever shows or keeps text, whole or in pieces. */
  readonly redaction: Redaction;
}

/** Shorter values would blank half of every line and are no secrets. */
const minLength = 4;

/** Parts of a longer text's base64 that are shorter may stand in any text. */
const minWithin = 8;

/** How the bytes look within the base64 of something longer: what is theirs alone, for each of the three places in a group. */
const within = (bytes: Buffer, encoding: "base64" | "base64url"): string[] =>
  [0, 1, 2].map((before) => {
    const bits = 8 * (before + bytes.length);
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString(encoding);
    return text.slice(Math.ceil((8 * before) / 6), Math.floor(bits / 6));
  });

export function createSecrets(env: Environment): NodeSecrets {
  const forms = new Set<string>();

  function remember(value: string): void {
    if (value.length < minLength) return;
    const bytes = Buffer.from(value, "utf8");
    const hex = bytes.toString("hex");
    const encoded = [bytes.toString("base64"), bytes.toString("base64url"), hex, hex.toUpperCase()];
    for (const form of [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), ...encoded])
      forms.add(form);
    for (const encoding of ["base64", "base64url"] as const)
      for (const form of within(bytes, encoding)) if (form.length >= minWithin) forms.add(form);
  }
  const redaction = createRedaction(() => forms);

  return {
    resolve(reference) {
      const value = reference.startsWith("env:") ? env[reference.slice(4)] || undefined : reference;
      if (value !== undefined) remember(value);
      return value;
    },
    remember,
    redact: redaction.text,
    redaction,
  };
}

/** Those of the configuration, known from the start. */
export function configuredSecrets(config: Pick<Config, "credentials">, env: Environment): NodeSecrets {
  const secrets = createSecrets(env);
  for (const { apiKey } of Object.values(config.credentials))
    if (apiKey !== undefined) secrets.resolve(apiKey);
  return secrets;
}
