/** Manifest: what an extension is and touches, as pure data, known before any of its code runs. */

/** What an extension may ask for; granted by trust and config. Gating in one process is a rule, not a wall. */
export type Capability = "storage" | "secrets" | "network" | "fs" | "spawn" | "routes" | "prompt";
export const capabilities: readonly Capability[] = Object.freeze([
  "storage",
  "secrets",
  "network",
  "fs",
  "spawn",
  "routes",
  "prompt",
]);

/** The version of this API, which `apiVersion` ranges are checked against. */
export const apiVersion = "1.0.0";

/** Everything the extension registers, by handle id. Registering anything else is refused; leaving one out fails it. */
export interface Contributes {
  /** Point id → names it contributes there. A name ending in `*` stands for any number of names with that prefix, none included. */
  readonly points?: Readonly<Record<string, readonly string[]>>;
  /** Ids of services it provides. */
  readonly services?: readonly string[];
  /** Ids of events it owns and emits. */
  readonly events?: readonly string[];
  /** Ids of filters it owns and applies. */
  readonly filters?: readonly string[];
}

/** What it hears: ids of the events it handles and the filters it takes part in. */
export interface Listens {
  readonly events?: readonly string[];
  readonly filters?: readonly string[];
}

export interface Manifest {
  /** Lower case letters, digits and dashes. */
  readonly id: string;
  readonly version: string;
  /** Semver range of the kernel API it was written for. */
  readonly apiVersion: string;
  readonly description?: string;
  /** `startup` (default): activated at boot. `lazy`: at the first use of something it contributes or provides. */
  readonly activation?: "startup" | "lazy";
  /** Extension or service id → semver range. Missing: this extension and what needs it are disabled, nothing else. */
  readonly dependsOn?: Readonly<Record<string, string>>;
  /** As `dependsOn`, but only orders when present. */
  readonly optional?: Readonly<Record<string, string>>;
  readonly capabilities?: readonly Capability[];
  readonly contributes?: Contributes;
  readonly listens?: Listens;
  /** JSON Schema (draft 2020-12) of its settings, with defaults. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Keeps every name literal, so that `defineExtension` can hold the host to them. */
export const defineManifest = <const M extends Manifest>(manifest: M): M => manifest;
