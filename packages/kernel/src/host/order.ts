/**
 * Order of activation, from manifests alone. A pure function: broken extensions and what needs them are named with a
 * reason, all at once; the rest is put in an order in which everything comes after what it depends on.
 */
import type { Manifest } from "../contracts/manifest.ts";
import { findClaims } from "./claims.ts";
import { cyclesOf, type Graph, reachable, sortGraph } from "./graph.ts";
import { createResolver, type ServiceNeed } from "./resolve.ts";
import { needsReason, type Unusable } from "./unusable.ts";

export interface OrderInput {
  /** Valid, with different ids. Earlier ones come first where nothing else decides. */
  readonly manifests: readonly Manifest[];
  /** Extensions that are there but cannot run, and why; named when something needs them. */
  readonly unusable?: ReadonlyMap<string, Unusable>;
  /** Services that are there without any extension, with their versions. */
  readonly builtIn?: ReadonlyMap<string, string>;
  readonly satisfies: (version: string, range: string) => boolean;
}

export interface Plan {
  /** Ids that may run, dependencies first. */
  readonly order: readonly string[];
  /** Ids that must be active first. */
  readonly requires: Graph;
  /** Ids that only go first: `optional` ones, and owners of the handles it uses. */
  readonly after: Graph;
  /** Versions of services, known once they are provided. */
  readonly needs: ReadonlyMap<string, readonly ServiceNeed[]>;
  /** Ids that cannot run. */
  readonly broken: ReadonlyMap<string, Unusable>;
  readonly warnings: readonly { readonly extensionId: string; readonly message: string }[];
  /** b comes after a because it depends on it, directly or not. */
  isBefore(a: string, b: string): boolean;
}

export function planOrder(input: OrderInput): Plan {
  const { manifests, satisfies, builtIn = new Map() } = input;
  const broken = new Map<string, Unusable>();
  const warnings: { extensionId: string; message: string }[] = [];
  const claims = findClaims(manifests);
  for (const { id, contributes } of manifests) {
    const reason = claims.get(id);
    if (reason !== undefined) broken.set(id, { state: "failed", reason, services: contributes?.services });
  }

  const usable = () => manifests.filter((manifest) => !broken.has(manifest.id));
  const unusable = new Map([...(input.unusable ?? []), ...broken]);
  const resolver = createResolver({ manifests: usable(), unusable, builtIn, satisfies });
  const requires = new Map<string, string[]>();
  const needs = new Map<string, ServiceNeed[]>();
  for (const manifest of usable()) {
    const reasons: string[] = [];
    const ids: string[] = [];
    for (const [key, range] of Object.entries(manifest.dependsOn ?? {})) {
      const found = resolver.resolve(key, range);
      if (!found.ok) reasons.push(found.reason);
      else if (found.id !== undefined && !ids.includes(found.id)) ids.push(found.id);
      if (found.ok && found.need) needs.set(manifest.id, [...(needs.get(manifest.id) ?? []), found.need]);
    }
    if (reasons.length > 0) broken.set(manifest.id, { state: "disabled", reason: reasons.join("; ") });
    requires.set(manifest.id, ids);
  }

  for (const [id, path] of cyclesOf(requires)) {
    const reason = `dependency cycle: ${path.join(" -> ")}`;
    const before = broken.get(id)?.reason;
    broken.set(id, { state: "disabled", reason: before === undefined ? reason : `${before}; ${reason}` });
  }
  breakDependents(manifests, requires, broken);

  const after = new Map<string, string[]>();
  const edges = new Map(usable().map(({ id }) => [id, [...(requires.get(id) ?? [])]]));
  /** False when it would close a cycle: who only goes first does not stop anybody. */
  const addEdge = (id: string, first: string): boolean => {
    if (reachable(edges, first, id)) return false;
    edges.get(id)?.push(first);
    after.set(id, [...(after.get(id) ?? []), first]);
    return true;
  };
  for (const manifest of usable()) {
    for (const [key, range] of Object.entries(manifest.optional ?? {})) {
      const found = resolver.resolve(key, range);
      if (!found.ok) {
        if (found.wrongVersion)
          warnings.push({ extensionId: manifest.id, message: `optional: ${found.reason}` });
      } else if (
        found.id !== undefined &&
        edges.has(found.id) &&
        !edges.get(manifest.id)?.includes(found.id) &&
        !addEdge(manifest.id, found.id)
      ) {
        const message = `optional "${key}" does not go first: "${found.id}" depends on "${manifest.id}"`;
        warnings.push({ extensionId: manifest.id, message });
      }
    }
  }
  for (const manifest of usable()) {
    for (const owner of ownersOf(manifest)) {
      if (edges.has(owner) && !edges.get(manifest.id)?.includes(owner)) addEdge(manifest.id, owner);
    }
  }

  const order = sortGraph(edges);
  const before = new Map<string, ReadonlySet<string>>();
  for (const id of order) {
    const direct = edges.get(id) ?? [];
    before.set(id, new Set(direct.flatMap((each) => [each, ...(before.get(each) ?? [])])));
  }
  const isBefore = (a: string, b: string) => before.get(b)?.has(a) ?? false;
  return { order, requires, after, needs, broken, warnings, isBefore };
}

/** Disables what needs something broken, naming the root cause. */
function breakDependents(
  manifests: readonly Manifest[],
  requires: Graph,
  broken: Map<string, Unusable>,
): void {
  const queue = [...broken.keys()].map((id) => ({ id, root: id, via: [] as string[] }));
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const { id } of manifests) {
      if (broken.has(id) || !requires.get(id)?.includes(at.id)) continue;
      const cause = broken.get(at.root);
      if (cause) broken.set(id, { state: "disabled", reason: needsReason(at.root, at.via, cause) });
      queue.push({ id, root: at.root, via: [...at.via, id] });
    }
  }
}

/** Owners of the points, events and filters that it uses. Services are not here: their owner is who calls them. */
function ownersOf({ id, contributes, listens }: Manifest): Set<string> {
  const handles = [
    ...Object.keys(contributes?.points ?? {}),
    ...(listens?.events ?? []),
    ...(listens?.filters ?? []),
  ];
  const owners = handles
    .filter((handle) => handle.includes("/"))
    .map((handle) => handle.slice(0, handle.indexOf("/")));
  return new Set(owners.filter((owner) => owner !== id));
}
