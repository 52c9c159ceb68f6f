/** Holds an extension to its manifest, both ways: nothing undeclared is registered, nothing declared is left out. */
import type { Manifest } from "../contracts/manifest.ts";
import { nearest } from "../text/nearest.ts";

export type Declared = "services" | "events" | "filters" | "listens.events" | "listens.filters";

const whatFor: Readonly<Record<Declared, { verb: string; line(id: string): string }>> = {
  services: { verb: "provide", line: (id) => `contributes: { services: [${id}] }` },
  events: { verb: "emit", line: (id) => `contributes: { events: [${id}] }` },
  filters: { verb: "apply", line: (id) => `contributes: { filters: [${id}] }` },
  "listens.events": { verb: "on", line: (id) => `listens: { events: [${id}] }` },
  "listens.filters": { verb: "filter", line: (id) => `listens: { filters: [${id}] }` },
};

const listed = ({ contributes, listens }: Manifest, field: Declared): readonly string[] => {
  if (field === "listens.events") return listens?.events ?? [];
  if (field === "listens.filters") return listens?.filters ?? [];
  return contributes?.[field] ?? [];
};

const matches = (pattern: string, name: string): boolean =>
  pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name;

/** Throws, giving the line to add, when the manifest does not have the id in that field. */
export function assertDeclared(manifest: Manifest, field: Declared, id: string): void {
  const ids = listed(manifest, field);
  if (ids.includes(id)) return;
  const { verb, line } = whatFor[field];
  throw new Error(undeclared(`${verb}("${id}")`, manifest.id, line(JSON.stringify(id)), nearest(id, ids)));
}

/** As `assertDeclared`, for a name in a point. */
export function assertPointDeclared(manifest: Manifest, point: string, name: string): void {
  const names = manifest.contributes?.points?.[point] ?? [];
  if (names.some((pattern) => matches(pattern, name))) return;
  const line = `contributes: { points: { ${JSON.stringify(point)}: [${JSON.stringify(name)}] } }`;
  throw new Error(undeclared(`contribute("${point}", "${name}")`, manifest.id, line, nearest(name, names)));
}

function undeclared(call: string, id: string, line: string, near: string | undefined): string {
  const hint = near === undefined ? "" : ` (declared is "${near}")`;
  return `${call} is not in the manifest of "${id}"${hint}; add ${line}`;
}

/** Records what an activation registered, to be compared with the manifest. */
export interface Deliveries {
  point(point: string, name: string): void;
  other(field: Declared, id: string): void;
  /** Declared in `contributes`, but not there: fails the extension. */
  missing(): string[];
  /** Declared in `listens`, but not heard: worth a warning. */
  unheard(): string[];
}

export function createDeliveries(manifest: Manifest): Deliveries {
  const delivered = new Set<string>();
  const points = Object.entries(manifest.contributes?.points ?? {});
  const notYet = (field: Declared) =>
    listed(manifest, field).filter((id) => !delivered.has(`${field} ${id}`));
  return {
    point: (point, name) => void delivered.add(`point ${point} ${name}`),
    other: (field, id) => void delivered.add(`${field} ${id}`),
    missing: () => [
      ...points.flatMap(([point, names]) =>
        names
          .filter((name) => !name.endsWith("*") && !delivered.has(`point ${point} ${name}`))
          .map((name) => `"${name}" in the point "${point}"`),
      ),
      ...notYet("services").map((id) => `the service "${id}"`),
    ],
    unheard: () => [
      ...notYet("listens.events").map((id) => `the event "${id}"`),
      ...notYet("listens.filters").map((id) => `the filter "${id}"`),
    ],
  };
}
