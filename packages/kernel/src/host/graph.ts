/** Small graph algorithms for the order of extensions: id → ids it depends on. */

export type Graph = ReadonlyMap<string, readonly string[]>;

/** Is `to` among what `from` depends on, directly or not? Also true when they are the same. */
export function reachable(graph: Graph, from: string, to: string): boolean {
  const seen = new Set([from]);
  for (const id of seen) {
    if (id === to) return true;
    for (const next of graph.get(id) ?? []) seen.add(next);
  }
  return false;
}

/** For every id on a cycle, a shortest one through it, starting with the one that is first in the graph: `[a, b, a]`. */
export function cyclesOf(graph: Graph): Map<string, readonly string[]> {
  const cycles = new Map<string, readonly string[]>();
  const rank = new Map([...graph.keys()].map((id, index) => [id, index]));
  for (const id of graph.keys()) {
    const path = pathBack(graph, id);
    if (!path) continue;
    const first = path.reduce((best, each) => ((rank.get(each) ?? 0) < (rank.get(best) ?? 0) ? each : best));
    const turned = [...path.slice(path.indexOf(first)), ...path.slice(0, path.indexOf(first))];
    cycles.set(id, [...turned, first]);
  }
  return cycles;
}

/** Shortest way from an id back to itself, the id once: `[a, b]` for a -> b -> a. */
function pathBack(graph: Graph, start: string): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const id of queue) {
    for (const next of graph.get(id) ?? []) {
      if (next === start) {
        const path = [id];
        for (let at = id; at !== start; ) {
          at = cameFrom.get(at) ?? start;
          path.unshift(at);
        }
        return path;
      }
      if (cameFrom.has(next) || !graph.has(next)) continue;
      cameFrom.set(next, id);
      queue.push(next);
    }
  }
  return undefined;
}

/** Dependencies first, otherwise as given. The graph has no cycle. */
export function sortGraph(graph: Graph): string[] {
  const sorted = new Set<string>();
  const visit = (id: string): void => {
    if (sorted.has(id) || !graph.has(id)) return;
    for (const next of graph.get(id) ?? []) visit(next);
    sorted.add(id);
  };
  for (const id of graph.keys()) visit(id);
  return [...sorted];
}
