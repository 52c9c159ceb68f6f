/** The service `models`: names to providers, and the list of all there is. */
import { nearest, type ProviderModel } from "@dispatch/kernel";
import type { Models, ResolvedModel } from "@dispatch/session-orchestrator/ports";
import { dispatchError, type ModelInfo } from "@dispatch/wire";
import type { Account, CredentialTable } from "./credential-table.ts";
import type { Detection } from "./detect-ollama.ts";
import { findModel, pickModel } from "./pick-model.ts";

export interface ModelsOptions {
  readonly table: CredentialTable;
  /** `<credential>/<model>` or a credential; absent: the first credential that can be used. */
  readonly defaultName: string | undefined;
  readonly detection: Detection;
}

export function createModels({ table, defaultName, detection }: ModelsOptions): Models {
  async function defaultCredential(): Promise<string> {
    const usable = () => table.names().filter(table.usable);
    // Offline is the last resort: a server found a moment later would have been the better answer.
    if (usable().length <= 1) await detection.once();
    return usable()[0] ?? table.names()[0] ?? "";
  }

  async function resolve(given: string | undefined): Promise<ResolvedModel> {
    const name = given ?? defaultName ?? (await defaultCredential());
    const slash = name.indexOf("/");
    const credential = slash < 0 ? name : name.slice(0, slash);
    if (!table.has(credential)) throw unknown(name, table);
    const account = table.account(credential);
    const model = slash < 0 ? await firstModel(account) : name.slice(slash + 1);
    if (model === "") throw unknown(name, table);
    const found = account.models.includes(model)
      ? known(account, model)
      : await lookUp(account, model, name, table);
    const { contextWindow } = found ?? {};
    return {
      id: `${credential}/${model}`,
      model,
      provider: account.provider,
      ...(contextWindow === undefined ? {} : { contextWindow }),
    };
  }

  async function list() {
    await detection.again();
    const answers = await Promise.all(table.names().map((name) => listOne(name, table)));
    const items = answers.flatMap((answer) => answer.items);
    const failures = answers.flatMap((answer) => answer.failures);
    const id = await defaultId(items);
    return { items: items.map((item) => (item.id === id ? { ...item, default: true } : item)), failures };
  }

  /** Asks nobody: all that can be known is in `items`. */
  async function defaultId(items: readonly ModelInfo[]): Promise<string | undefined> {
    const name = defaultName ?? (await defaultCredential());
    if (name.includes("/")) return name;
    const first = table.usable(name) ? table.account(name).models[0] : undefined;
    const names = items
      .filter((item) => item.credential === name)
      .map((item) => item.id.slice(name.length + 1));
    const model = first ?? pickModel(names);
    return model === undefined ? undefined : `${name}/${model}`;
  }

  return { resolve, list };
}

const known = (account: Account, model: string): ProviderModel | undefined =>
  findModel(account.catalogue.known ?? [], model);

/** The entry of the catalogue; undefined when there is none to look into. Refuses what a fresh one does not have. */
async function lookUp(
  account: Account,
  model: string,
  name: string,
  table: CredentialTable,
): Promise<ProviderModel | undefined> {
  if (!account.catalogue.known?.length) return undefined;
  const found = known(account, model);
  if (found) return found;
  // The list may be old, and the model new.
  const { models } = await account.catalogue.fetch();
  const entry = findModel(models ?? [], model);
  if (entry === undefined && models !== undefined && models.length > 0) throw unknown(name, table);
  return entry;
}

/** What a bare credential name means. Asks the server when neither the config nor an earlier list tells. */
async function firstModel({ name, models, catalogue }: Account): Promise<string> {
  const listed = models[0] ?? pickModel((catalogue.known ?? []).map((model) => model.name));
  if (listed !== undefined) return listed;
  const answer = await catalogue.fetch();
  const picked = pickModel((answer.models ?? []).map((model) => model.name));
  if (picked !== undefined) return picked;
  const why = answer.failure ?? "The server lists none.";
  throw dispatchError("unknown-model", `Which model of "${name}" to use is not known. ${why}`, {
    fix: `Name one, as in "${name}/<model>", or set \`credentials.${name}.models\` in the config.`,
  });
}

async function listOne(name: string, table: CredentialTable) {
  const failed = (message: string) => [{ credential: name, message }];
  if (!table.usable(name))
    return { items: [], failures: failed("No active extension provides its dialect.") };
  const { catalogue, models, dialect } = table.account(name);
  const { models: listed = [], failure } = await catalogue.fetch();
  const extra = models
    .filter((model) => !listed.some((entry) => entry.name === model))
    .map((model) => ({ name: model }));
  const items = [...extra, ...listed].map((model) => info(name, dialect, model));
  return { items, failures: failure === undefined ? [] : failed(failure) };
}

const info = (
  credential: string,
  provider: string,
  { name, displayName, contextWindow }: ProviderModel,
): ModelInfo => ({
  id: `${credential}/${name}`,
  credential,
  provider,
  ...(displayName === undefined ? {} : { name: displayName }),
  ...(contextWindow === undefined ? {} : { contextWindow }),
});

/** `unknown-model`, with the nearest name that is known without asking anybody. */
function unknown(name: string, table: CredentialTable): Error {
  const accounts = table.names().filter(table.usable).map(table.account);
  const ids = accounts.flatMap(({ name: credential, models, catalogue }) =>
    [...models, ...(catalogue.known ?? []).map((model) => model.name)].map(
      (model) => `${credential}/${model}`,
    ),
  );
  const similar =
    ids.find((id) => id.endsWith(`/${name}`)) ?? nearest(name, ids) ?? nearCredential(name, table);
  const hint = similar === undefined ? "" : ` Did you mean "${similar}"?`;
  return dispatchError("unknown-model", `There is no model "${name.slice(0, 256)}".${hint}`, {
    fix: "`dispatch models` lists what there is. What a server does not list is named in `credentials.<name>.models`.",
  });
}

function nearCredential(name: string, table: CredentialTable): string | undefined {
  const [credential = "", ...model] = name.split("/");
  // Of a credential that is there the model is what is wrong, and none of its models is near.
  const similar = table.has(credential) ? undefined : nearest(credential, table.names());
  return similar === undefined ? undefined : [similar, ...model].join("/");
}
