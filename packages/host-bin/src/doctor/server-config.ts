/** What the running server was configured with, where one started here would have something else. */
import type { FoundServer } from "@dispatch/cli/ports";
import { createClient } from "@dispatch/client";
import {
  type ConfigAnswer,
  type ConfigDifference,
  type ConfigValue,
  configDifferences,
} from "@dispatch/wire";
import { shownValues } from "../config/shown-value.ts";
import { configuredSecrets } from "../node-services/secrets.ts";
import { type Finding, type Patient, right, wrong } from "./check.ts";

/** Undefined when none runs, when it is an older one, or when it is asked without its token. */
export async function toldBy(server: FoundServer | undefined): Promise<ConfigAnswer | undefined> {
  if (server?.token === undefined || server.stopping) return undefined;
  try {
    return await createClient(server).config();
  } catch {
    return undefined; // the other checks say whether it can be talked to
  }
}

export function checkServerConfig(patient: Patient): Finding[] {
  const found = differences(patient);
  if (found.length === 0) return [];
  const lines = found.map(
    ({ path, there, here }) => `${path} is ${said(there)}; here it would be ${said(here)}`,
  );
  return [right("server's config", lines.join("\n"))];
}

/** The providers that this computer's own checks do not know: those which only the server's configuration has so. */
export async function checkServerProviders(patient: Patient): Promise<Finding[]> {
  const { server, serverConfig } = patient;
  const names = new Set(
    differences(patient).flatMap(
      ({ path, there }) => (there && /^credentials\.([^.]+)\./.exec(path)?.[1]) ?? [],
    ),
  );
  if (!server || !serverConfig || names.size === 0) return [];
  const { items, failures } = await createClient(server).models();
  return [...names].map((name) => {
    const label = `server's ${name}`;
    const failure = failures.find(({ credential }) => credential === name);
    if (failure)
      return wrong(
        label,
        failure.message,
        "Correct what the server was started with, and `dispatch restart`.",
      );
    const count = items.filter(({ credential }) => credential === name).length;
    return right(label, `answers, ${count} ${count === 1 ? "model" : "models"}`);
  });
}

/** None where nobody knows the one or the other. */
function differences({ serverConfig, config, env }: Patient): ConfigDifference[] {
  if (!serverConfig || !config) return [];
  const here = shownValues(config.values, configuredSecrets(config.config, env).redact);
  return configDifferences(serverConfig.values, here);
}

const said = (value: ConfigValue | undefined): string =>
  value === undefined ? "not set" : `${JSON.stringify(value.value)} (${value.source})`;
