/** The credentials there are, strongest first, and the provider of each. */
import { type HostAPI, nearest, type Provider, type ProviderKind, providers } from "@dispatch/kernel";
import { dispatchError } from "@dispatch/wire";
import { type Catalogue, createCatalogue } from "./catalogue.ts";
import type { CredentialSettings, CredentialsSettings, manifest } from "./manifest.ts";

export type CredentialsHost = HostAPI<typeof manifest, CredentialsSettings>;

/** A credential with a provider behind it. */
export interface Account {
  readonly name: string;
  /** Name of the dialect. */
  readonly dialect: string;
  readonly provider: Provider;
  readonly catalogue: Catalogue;
  /** From the config. */
  readonly models: readonly string[];
}

export interface CredentialTable {
  /** In the order in which a default is looked for; `offline` is always there, and last. */
  names(): readonly string[];
  has(name: string): boolean;
  /** Whether an active extension speaks its dialect. */
  usable(name: string): boolean;
  /** Throws `service-missing` when its dialect is not there. */
  account(name: string): Account;
  /** Adds one that was found at run time; a configured one of that name stays. */
  add(name: string, credential: CredentialSettings): void;
}

export const offlineCredential = "offline";

export function createCredentialTable(host: CredentialsHost): CredentialTable {
  const { catalogueTimeoutMs: timeoutMs, catalogueCacheMs: cacheMs } = host.settings;
  const configured = new Map(Object.entries(host.settings.credentials));
  const found = new Map<string, CredentialSettings>();
  const builtIn: CredentialSettings = { provider: "offline" };
  // With the kind each was made by: a reloaded provider extension brings a new kind, so its accounts are made anew.
  const accounts = new Map<string, { readonly kind: ProviderKind; readonly account: Account }>();

  const settingsOf = (name: string): CredentialSettings | undefined =>
    configured.get(name) ?? found.get(name) ?? (name === offlineCredential ? builtIn : undefined);
  const kindOf = (dialect: string): ProviderKind | undefined =>
    host.list(providers).find((contribution) => contribution.name === dialect)?.value;

  function connect(name: string, credential: CredentialSettings, kind: ProviderKind): Account {
    const apiKey = (): string | undefined =>
      credential.apiKey === undefined ? undefined : host.secrets.resolve(credential.apiKey);
    const provider = kind.connect({ credential: name, baseUrl: credential.baseUrl, apiKey });
    const redact = (text: string): string => {
      const key = apiKey();
      return key ? text.replaceAll(key, "[redacted]") : text;
    };
    const catalogue = createCatalogue(provider, host, { timeoutMs, cacheMs, redact });
    return { name, dialect: credential.provider, provider, catalogue, models: credential.models ?? [] };
  }

  return {
    names() {
      const others = [...configured.keys(), ...found.keys()].filter((name) => name !== offlineCredential);
      return [...others, offlineCredential];
    },
    has: (name) => settingsOf(name) !== undefined,
    usable: (name) => kindOf(settingsOf(name)?.provider ?? "") !== undefined,
    account(name) {
      const credential = settingsOf(name);
      const kind = credential && kindOf(credential.provider);
      if (credential === undefined || kind === undefined)
        throw missingDialect(host, name, credential?.provider ?? "");
      const made = accounts.get(name);
      if (made?.kind === kind) return made.account;
      const account = connect(name, credential, kind);
      accounts.set(name, { kind, account });
      return account;
    },
    add: (name, credential) => void found.set(name, credential),
  };
}

function missingDialect(host: CredentialsHost, name: string, dialect: string): Error {
  const there = host.list(providers).map((contribution) => contribution.name);
  const similar = nearest(dialect, there);
  const hint =
    similar === undefined ? `There are: ${there.join(", ") || "none"}.` : `Did you mean "${similar}"?`;
  return dispatchError(
    "service-missing",
    `The credential "${name}" needs the provider "${dialect}", which is not loaded. ${hint}`,
  );
}
