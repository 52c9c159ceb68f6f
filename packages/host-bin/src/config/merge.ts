/** Layers as leaves: each a path, a value and a source. Later ones win; objects merge, lists and plain values replace. */
import { isObject } from "./check.ts";

export interface Leaf {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly source: string;
}

/** The leaves of a nested value. An empty object is a leaf, so that it is not lost. */
export function leavesOf(value: unknown, source: string, path: readonly string[] = []): Leaf[] {
  if (!isObject(value) || (Object.keys(value).length === 0 && path.length > 0))
    return [{ path, value, source }];
  return Object.entries(value).flatMap(([key, member]) => leavesOf(member, source, [...path, key]));
}

/** The effective leaves, and the value they make. */
export function mergeLeaves(layers: readonly (readonly Leaf[])[]): {
  value: Record<string, unknown>;
  leaves: Leaf[];
} {
  const effective = new Map<string, Leaf>();
  const value: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const leaf of layers.flat()) {
    if (isObject(leaf.value) && isObject(read(value, leaf.path))) continue; // an empty object adds nothing
    effective.set(leaf.path.join("\0"), leaf);
    write(value, leaf);
  }
  return { value, leaves: [...effective.values()] };
}

function read(value: Record<string, unknown>, path: readonly string[]): unknown {
  let at: unknown = value;
  for (const key of path) at = isObject(at) ? at[key] : undefined;
  return at;
}

function write(value: Record<string, unknown>, { path, value: leaf }: Leaf): void {
  let at = value;
  for (const key of path.slice(0, -1)) {
    const next = at[key];
    // Without a prototype: a key like `__proto__` in a file is a key and nothing else.
    const child = isObject(next) ? next : (Object.create(null) as Record<string, unknown>);
    at[key] = child;
    at = child;
  }
  const last = path.at(-1);
  if (last !== undefined) at[last] = isObject(leaf) ? Object.assign(Object.create(null), leaf) : leaf;
}
