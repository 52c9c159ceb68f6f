/** What a server was started with, as keyed hashes: enough to say what differs, useless to whoever reads the file. */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { configVariables } from "../config/environment.ts";
import { type Environment, projectConfigFile, tilde, userConfigFile } from "../paths.ts";

export type Fingerprint = Readonly<Record<string, string>>;

export interface FingerprintOptions {
  readonly version: string;
  readonly env: Environment;
  readonly cwd: string;
  readonly config?: string | undefined;
  /** Key of the hashes: the token of the data folder. */
  readonly key: string;
}

/** By name: the version, each configuration file, each variable that configures or that a file names as `env:NAME`. */
export function fingerprintOf({ version, env, cwd, config, key }: FingerprintOptions): Fingerprint {
  const hash = (text: string) => createHmac("sha256", key).update(text).digest("base64url").slice(0, 16);
  const parts: Record<string, string> = { version };
  const variables = new Set(configVariables);
  for (const path of [userConfigFile({ config, env, cwd }).path, projectConfigFile(cwd)]) {
    const text = readIfThere(path);
    if (text === undefined) continue;
    parts[tilde(path)] = hash(text);
    for (const [, name = ""] of text.matchAll(/"env:([A-Za-z_][A-Za-z0-9_]*)"/g)) variables.add(name);
  }
  for (const name of variables) {
    const value = env[name];
    if (value) parts[name] = hash(value);
  }
  return parts;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // absent, or not readable: the one who loads it says so
  }
}

/** Names of what `mine` has and the server was started without. What only the server has asks for nothing here. */
export function differencesOf(mine: Fingerprint, server: Fingerprint): string[] {
  return Object.entries(mine).flatMap(([name, value]) => {
    if (server[name] === value) return [];
    return [name === "version" ? `version ${value} (server: ${server.version ?? "unknown"})` : name];
  });
}
