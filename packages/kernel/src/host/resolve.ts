/** Finds who is meant by a key of `dependsOn` or `optional`: an extension, or whoever provides a service. */
import type { Manifest } from "../contracts/manifest.ts";
import { nearest } from "../text/nearest.ts";
import { type Unusable, whichFailed } from "./unusable.ts";

/** A range on a service, checked against the interface's version when its provider is active. */
export interface ServiceNeed {
  readonly service: string;
  readonly provider: string;
  readonly range: string;
}

export type Resolved =
  /** No id: the host program itself provides it. */
  | { readonly ok: true; readonly id: string | undefined; readonly need?: ServiceNeed }
  | { readonly ok: false; readonly reason: string; readonly wrongVersion: boolean };

export interface ResolverInput {
  readonly manifests: readonly Manifest[];
  readonly unusable: ReadonlyMap<string, Unusable>;
  /** Services that are there without any extension, with their versions. */
  readonly builtIn: ReadonlyMap<string, string>;
  readonly satisfies: (version: string, range: string) => boolean;
}

export function createResolver({ manifests, unusable, builtIn, satisfies }: ResolverInput) {
  const versions = new Map(manifests.map(({ id, version }) => [id, version]));
  const providers = new Map(
    manifests.flatMap(({ id, contributes }) =>
      (contributes?.services ?? []).map((service) => [service, id] as const),
    ),
  );

  function missing(key: string): string {
    const direct = unusable.get(key);
    if (direct) return `needs "${key}", ${whichFailed(direct)}`;
    for (const [id, each] of unusable) {
      if (each.services?.includes(key)) return `needs "${key}" from "${id}", ${whichFailed(each)}`;
    }
    const near = nearest(key, [
      ...versions.keys(),
      ...providers.keys(),
      ...unusable.keys(),
      ...builtIn.keys(),
    ]);
    const fix =
      near === undefined ? "add what provides it, or take it out of dependsOn" : `did you mean "${near}"?`;
    return `needs "${key}", which is not there; ${fix}`;
  }

  return {
    resolve(key: string, range: string): Resolved {
      const version = versions.get(key) ?? builtIn.get(key);
      if (version !== undefined) {
        if (satisfies(version, range)) return { ok: true, id: versions.has(key) ? key : undefined };
        const reason = `needs "${key}" ${range}, but its version is ${version}`;
        return { ok: false, reason, wrongVersion: true };
      }
      const provider = providers.get(key);
      if (provider !== undefined) return { ok: true, id: provider, need: { service: key, provider, range } };
      return { ok: false, reason: missing(key), wrongVersion: false };
    },
  };
}
