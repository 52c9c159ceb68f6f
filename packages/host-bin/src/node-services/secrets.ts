/** Secrets: read from the environment by reference, and remembered so that no log line shows one. */
import type { Environment } from "../paths.ts";

export interface NodeSecrets {
  /** `env:NAME` reads the environment (empty counts as absent); anything else is the secret itself. */
  resolve(reference: string): string | undefined;
  /** A value that must not appear in logs. */
  remember(value: string): void;
  /** The text without any secret value, as it stands and as it looks inside JSON. */
  redact(text: string): string;
}

/** Shorter values would blank half of every line and are no secrets. */
const minLength = 4;

export function createSecrets(env: Environment): NodeSecrets {
  const forms = new Set<string>();

  function remember(value: string): void {
    if (value.length < minLength) return;
    forms.add(value);
    forms.add(JSON.stringify(value).slice(1, -1));
  }

  return {
    resolve(reference) {
      const value = reference.startsWith("env:") ? env[reference.slice(4)] || undefined : reference;
      if (value !== undefined) remember(value);
      return value;
    },
    remember,
    redact(text) {
      let clean = text;
      // Longest first: one secret may be part of another.
      for (const form of [...forms].sort((a, b) => b.length - a.length))
        clean = clean.replaceAll(form, "[redacted]");
      return clean;
    },
  };
}
