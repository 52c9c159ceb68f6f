/** The layer of the environment: `DISPATCH_*`, and the keys that other programs use too. */
import type { Environment } from "../paths.ts";
import type { Leaf } from "./merge.ts";

export interface EnvironmentLayer {
  readonly leaves: readonly Leaf[];
  readonly warnings: readonly string[];
}

/** Keys that give a credential without any configuration: prefix of the variables, name and dialect of the credential. */
const keyFamilies = [
  { prefix: "OPENAI", name: "openai" },
  { prefix: "ANTHROPIC", name: "anthropic" },
] as const;

/** Names of all variables that configure. */
export const configVariables: readonly string[] = [
  "DISPATCH_PORT",
  "DISPATCH_APPROVALS",
  ...keyFamilies.flatMap(({ prefix }) => [`${prefix}_API_KEY`, `${prefix}_BASE_URL`]),
];

/** An empty variable counts as absent. `providerKinds`: the dialects some extension speaks. */
export function environmentLayer(env: Environment, providerKinds: readonly string[]): EnvironmentLayer {
  const leaves: Leaf[] = [];
  const warnings: string[] = [];
  const add = (path: readonly string[], value: unknown, name: string) =>
    leaves.push({ path, value, source: `environment ${name}` });

  const { DISPATCH_PORT: port, DISPATCH_APPROVALS: approvals } = env;
  if (port) add(["server", "port"], /^\d+$/.test(port) ? Number(port) : port, "DISPATCH_PORT");
  if (approvals) add(["approvals"], approvals, "DISPATCH_APPROVALS");

  for (const { prefix, name } of keyFamilies) {
    const keyName = `${prefix}_API_KEY`;
    const urlName = `${prefix}_BASE_URL`;
    const [key, url] = [env[keyName], env[urlName]];
    if (!key && !url) continue;
    if (!providerKinds.includes(name)) {
      warnings.push(
        `${key ? keyName : urlName} is set, but no extension here speaks to ${name}; it is not used`,
      );
      continue;
    }
    add(["credentials", name, "provider"], name, key ? keyName : urlName);
    if (key) add(["credentials", name, "apiKey"], `env:${keyName}`, keyName);
    if (url) add(["credentials", name, "baseUrl"], url, urlName);
  }
  return { leaves, warnings };
}
