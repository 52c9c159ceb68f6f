/** Credentials and who answers to them: the same extensions that the server uses, without the server. */
import { createHost } from "@dispatch/kernel/host";
import { models } from "@dispatch/session-orchestrator/ports";
import { settingsFor } from "../host-settings.ts";
import { nodeClock } from "../node-services/clock.ts";
import { satisfies } from "../node-services/satisfies.ts";
import { createCompileSchema } from "../node-services/schemas/compile-schema.ts";
import { createSecrets } from "../node-services/secrets.ts";
import { messageOf } from "../start-error.ts";
import { type Finding, type Patient, right, wrong } from "./check.ts";

/** Time each provider has to answer, in ms. */
const patienceMs = 3_000;

export function checkCredentials({ config, env }: Patient): Finding[] {
  return Object.entries(config?.config.credentials ?? {}).map(([name, { apiKey, provider }]) => {
    const label = `credential ${name}`;
    if (apiKey === undefined) return right(label, `${provider}, without a key`);
    if (!apiKey.startsWith("env:")) return right(label, `${provider}, key in the configuration`);
    const variable = apiKey.slice(4);
    return env[variable]
      ? right(label, `${provider}, key in ${variable}`)
      : wrong(label, `${variable} is not set`, `Set ${variable}, or take the credential out of your config.`);
  });
}

/** Asks each provider for its models, all at once. */
export async function checkProviders(patient: Patient): Promise<Finding[]> {
  const { config, env, bundled, paths, version } = patient;
  if (!config) return [];
  const secrets = createSecrets(env);
  const host = createHost({
    clock: nodeClock,
    log: () => undefined, // what matters is in the findings
    compileSchema: createCompileSchema(),
    satisfies,
    secrets,
    settings(id) {
      const settings = settingsFor(id, config.config, paths, version);
      return id === "credentials" ? { ...settings, catalogueTimeoutMs: patienceMs } : settings;
    },
  });
  for (const source of bundled) {
    const { contributes } = source.manifest;
    if (contributes?.points?.providers || contributes?.services?.includes(models.id)) host.add(source);
  }
  try {
    const { problems } = await host.start();
    const found = host.find(models);
    if (!found) {
      const reason = problems[0]?.message ?? "no extension provides models";
      return [wrong("providers", secrets.redact(reason), "Correct your config.")];
    }
    const { items, failures } = await found.list();
    return Object.keys(config.config.credentials).map((name) => {
      const label = `provider of ${name}`;
      const failure = failures.find(({ credential }) => credential === name);
      if (failure) {
        const message = secrets.redact(failure.message);
        return wrong(label, message, "Check the address, the network and the key of this credential.");
      }
      const count = items.filter(({ id }) => id.startsWith(`${name}/`)).length;
      return right(label, `answers, ${count} ${count === 1 ? "model" : "models"}`);
    });
  } catch (error) {
    return [wrong("providers", secrets.redact(messageOf(error)), "Correct your config.")];
  } finally {
    await host.stop();
  }
}
