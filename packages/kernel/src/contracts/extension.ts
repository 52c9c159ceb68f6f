/** An extension: its manifest and the function that activates it. */
import type { HostAPI } from "./host-api.ts";
import type { Manifest } from "./manifest.ts";

export interface Extension<M extends Manifest = Manifest> {
  readonly manifest: M;
  /** Registers everything the manifest declares. A throw undoes all of it. */
  readonly activate: (host: HostAPI<M>) => void | Promise<void>;
}

/**
 * Pairs a manifest with its activation, the host typed from the manifest. `Settings` may be given to type
 * `host.settings`: `defineExtension<typeof manifest, Settings>(manifest, (host) => …)`.
 */
export function defineExtension<M extends Manifest, Settings = unknown>(
  manifest: M,
  activate: (host: HostAPI<M, Settings>) => void | Promise<void>,
): Extension<M> {
  return { manifest, activate: activate as Extension<M>["activate"] };
}
