/** An extension as the running host knows it: its source, its state, its scope. The only mutable thing per extension. */
import type { Extension } from "../contracts/extension.ts";
import type { ExtensionInfo, ExtensionState } from "../contracts/host-api.ts";
import type { Manifest } from "../contracts/manifest.ts";
import type { ExtensionSource } from "./options.ts";
import type { Scope } from "./scope.ts";
import type { Unusable } from "./unusable.ts";

export interface Entry {
  readonly id: string;
  source: ExtensionSource;
  manifest: Manifest;
  state: ExtensionState;
  /** Kept out before any ordering, by the config or by itself: disabled, wrong API version, wrong settings. */
  excluded: boolean;
  reason: string | undefined;
  /** Checked, with defaults. */
  settings: unknown;
  /** Its code, once loaded. */
  extension: Extension | undefined;
  scope: Scope | undefined;
  /** Its activation, under way or over. */
  activation: Promise<void> | undefined;
  activationMs: number | undefined;
  faults: number;
  lastFault: string | undefined;
}

export function createEntry(source: ExtensionSource): Entry {
  const { manifest } = source;
  return {
    id: manifest.id,
    source,
    manifest,
    state: manifest.activation === "lazy" ? "lazy" : "pending",
    excluded: false,
    reason: undefined,
    settings: undefined,
    extension: undefined,
    scope: undefined,
    activation: undefined,
    activationMs: undefined,
    faults: 0,
    lastFault: undefined,
  };
}

export function infoOf(entry: Entry): ExtensionInfo {
  return {
    id: entry.id,
    version: entry.manifest.version,
    state: entry.state,
    trust: entry.source.trust,
    activation: entry.manifest.activation ?? "startup",
    activationMs: entry.activationMs,
    reason: entry.reason,
    dependsOn: Object.keys(entry.manifest.dependsOn ?? {}),
    faults: entry.faults,
    lastFault: entry.lastFault,
  };
}

/** The row of something whose manifest is not one. */
export function invalidInfo(source: ExtensionSource, id: string, reason: string): ExtensionInfo {
  const version = String((source.manifest as Partial<Manifest> | undefined)?.version ?? "?");
  return {
    id,
    version,
    state: "failed",
    trust: source.trust,
    activation: "startup",
    reason,
    dependsOn: [],
    faults: 0,
  };
}

export const unusableOf = (entry: Entry): Unusable => ({
  state: entry.state === "failed" ? "failed" : "disabled",
  reason: entry.reason ?? `it is ${entry.state}`,
  services: entry.manifest.contributes?.services,
});
