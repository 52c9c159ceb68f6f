/**
 * What the configuration inside a project may not decide. A folder somebody cloned must not be able to send keys
 * elsewhere, open the server, hand out rights or loosen what guards the user's files.
 */
import type { Manifest } from "@dispatch/kernel";
import { type ConfigProblem, isObject, join } from "./check.ts";

/** Extensions that are the server, the credentials, the data or the guard: they are the user's alone. */
const guarded = new Set(["approvals", "credentials", "store-level", "transport-http", "transport-ws"]);

/** It says where turns work and what they may reach and cost: a project may set its limits only. */
const orchestrator = "session-orchestrator";

/** Keys that stand for environment, addresses, places of files and code, rights, or money; at any depth of an extension's settings. */
const refusedKeys =
  /^(approvals|archiveDir|baseUrl|command|cwd|dataDir|dirs|entry|env|environment|folders?|grant|host|maxCostUsd|paths?|prices|roots?|shell|tableFile|token|tokenFile|url|workspaces)$/i;

const elsewhere = "a project may not set this; put it into your own config file";

/** One problem for each refused key of a project's configuration. */
export function refusedInProject(
  config: Record<string, unknown>,
  manifests: readonly Manifest[],
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const refuse = (path: string, message = elsewhere) => problems.push({ path, message });
  for (const key of ["credentials", "server", "env", "environment"]) if (key in config) refuse(key);
  if (config.approvals === "workspace" || config.approvals === "full") {
    refuse(
      "approvals",
      "a project may ask for more care (read-only, ask), not for less; set it in your own config file",
    );
  }
  if (!isObject(config.extensions)) return problems;
  for (const [id, extension] of Object.entries(config.extensions)) {
    const path = join("extensions", id);
    if (guarded.has(id)) refuse(path);
    else if (isObject(extension)) {
      for (const key of ["grant", "path", "env", "environment"])
        if (key in extension) refuse(join(path, key));
      // One that reaches files, processes, secrets or the network: its switches, names and lists may be its guards.
      const reaching =
        id === orchestrator ||
        (manifests.find((manifest) => manifest.id === id)?.capabilities ?? []).length > 0;
      for (const found of refusedSettings(extension.settings, join(path, "settings"), reaching))
        refuse(found);
    }
  }
  return problems;
}

/** `numbersOnly`: limits and times may be set, nothing else. */
function refusedSettings(value: unknown, path: string, numbersOnly: boolean): string[] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const at = join(path, key);
    if (refusedKeys.test(key)) return [at];
    if (isObject(member)) return refusedSettings(member, at, numbersOnly);
    return numbersOnly && typeof member !== "number" ? [at] : [];
  });
}
