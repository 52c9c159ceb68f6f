/**
 * Points: named contributions of many extensions. A name has one holder. What an extension contributes is seen by
 * others once it is active, so a failed activation was never visible.
 */
import type { Contribution, Dispose } from "../contracts/host-api.ts";
import type { FaultSink } from "./fault.ts";

interface Watcher {
  readonly extensionId: string;
  readonly changed: () => void;
}

export interface PointsOptions {
  readonly fault: FaultSink;
  readonly isActive: (extensionId: string) => boolean;
  readonly rank: (extensionId: string) => number;
  /** Starts the activation of lazy contributors. */
  readonly wake: (pointId: string) => unknown;
}

export interface Points {
  /** Throws, naming the holder, when the name is taken. */
  add(pointId: string, contribution: Contribution<unknown>): Dispose;
  /** Dependency order, then by name. The same array until something changes. */
  list(pointId: string): readonly Contribution<unknown>[];
  watch(pointId: string, watcher: Watcher): Dispose;
  /** To be called when the extension became active. */
  reveal(extensionId: string): void;
  /** To be called when the order of the extensions changed. */
  reorder(): void;
  labels(): string[];
}

export function createPoints(options: PointsOptions): Points {
  const { fault, isActive, rank, wake } = options;
  const contributions = new Map<string, Map<string, Contribution<unknown>>>();
  const watchers = new Map<string, Set<Watcher>>();
  const lists = new Map<string, readonly Contribution<unknown>[]>();
  const dirty = new Set<string>();

  function changed(pointId: string): void {
    lists.delete(pointId);
    if (!watchers.has(pointId)) return;
    // Many changes at once are one call.
    if (dirty.size === 0) void Promise.resolve().then(notify);
    dirty.add(pointId);
  }

  function notify(): void {
    const ids = [...dirty];
    dirty.clear();
    for (const id of ids) {
      for (const watcher of [...(watchers.get(id) ?? [])]) {
        if (!watchers.get(id)?.has(watcher)) continue;
        try {
          watcher.changed();
        } catch (error) {
          fault(watcher.extensionId, `watch ${id}`, error);
        }
      }
    }
  }

  return {
    add(pointId, contribution) {
      const names = contributions.get(pointId) ?? new Map<string, Contribution<unknown>>();
      const holder = names.get(contribution.name)?.extensionId;
      if (holder !== undefined) {
        throw new Error(
          `the name "${contribution.name}" in the point "${pointId}" is taken by the extension "${holder}"`,
        );
      }
      contributions.set(pointId, names.set(contribution.name, contribution));
      if (isActive(contribution.extensionId)) changed(pointId);
      return () => {
        if (names.get(contribution.name) !== contribution) return;
        names.delete(contribution.name);
        if (names.size === 0 && contributions.get(pointId) === names) contributions.delete(pointId);
        changed(pointId);
      };
    },
    list(pointId) {
      wake(pointId);
      const known = lists.get(pointId);
      if (known) return known;
      const list = [...(contributions.get(pointId)?.values() ?? [])]
        .filter((each) => isActive(each.extensionId))
        .sort((a, b) => rank(a.extensionId) - rank(b.extensionId) || (a.name < b.name ? -1 : 1));
      lists.set(pointId, Object.freeze(list));
      return list;
    },
    watch(pointId, watcher) {
      const set = watchers.get(pointId) ?? new Set();
      watchers.set(pointId, set.add(watcher));
      return () => {
        set.delete(watcher);
        if (set.size === 0 && watchers.get(pointId) === set) watchers.delete(pointId);
      };
    },
    reveal(extensionId) {
      for (const [pointId, names] of contributions) {
        if ([...names.values()].some((each) => each.extensionId === extensionId)) changed(pointId);
      }
    },
    reorder: () => lists.clear(),
    labels: () => [
      ...[...contributions].flatMap(([id, names]) =>
        [...names.values()].map((each) => `${each.extensionId}: point ${id}/${each.name}`),
      ),
      ...[...watchers].flatMap(([id, set]) => [...set].map((each) => `${each.extensionId}: watch ${id}`)),
    ],
  };
}
