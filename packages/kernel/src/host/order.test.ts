import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Manifest } from "../contracts/manifest.ts";
import { testSatisfies } from "../testing/semver.ts";
import { planOrder } from "./order.ts";
import type { Unusable } from "./unusable.ts";

type Part = Partial<Manifest>;
const build = (parts: Record<string, Part>): Manifest[] =>
  Object.entries(parts).map(([id, part]) => ({ id, version: "1.0.0", apiVersion: "^1.0.0", ...part }));
const plan = (parts: Record<string, Part>, unusable?: ReadonlyMap<string, Unusable>) =>
  planOrder({ manifests: build(parts), satisfies: testSatisfies, ...(unusable && { unusable }) });
const on = (...ids: string[]): Part => ({ dependsOn: Object.fromEntries(ids.map((id) => [id, "*"])) });
const reasons = (result: ReturnType<typeof plan>) =>
  Object.fromEntries([...result.broken].map(([id, { state, reason }]) => [id, `${state}: ${reason}`]));

describe("planOrder", () => {
  it("keeps the given order where nothing else decides", () => {
    expect(plan({ c: {}, a: {}, b: {} }).order).toEqual(["c", "a", "b"]);
  });

  it("puts dependencies first, by extension and by service id", () => {
    const { order, requires, needs } = plan({
      app: { dependsOn: { "app/log": "^2.0.0", kv: "*", base: "^1.0.0" } },
      store: { contributes: { services: ["app/log", "kv"] } },
      base: {},
    });
    expect(order).toEqual(["store", "base", "app"]);
    expect(requires.get("app")).toEqual(["store", "base"]);
    expect(needs.get("app")).toEqual([
      { service: "app/log", provider: "store", range: "^2.0.0" },
      { service: "kv", provider: "store", range: "*" },
    ]);
  });

  it("orders who uses a handle after its owner, unless that closes a cycle", () => {
    const parts = {
      gate: { listens: { filters: ["core/planTurn"] } },
      tool: { contributes: { points: { "core/commands": ["x"] } } },
      core: { contributes: { filters: ["core/planTurn"] }, ...on("base") },
      base: { listens: { events: ["core/settled"] } },
    };
    const { order, after, broken } = plan(parts);
    expect(order).toEqual(["base", "core", "gate", "tool"]);
    expect(after.get("gate")).toEqual(["core"]);
    expect(after.get("base")).toBeUndefined();
    expect(broken.size).toBe(0);
  });

  it("orders optional ones when present, and says when it cannot", () => {
    const result = plan({
      a: { optional: { b: "*", absent: "*" } },
      b: {},
      c: { optional: { b: "^2.0.0", d: "*" } },
      d: on("c"),
    });
    expect(result.order).toEqual(["b", "a", "c", "d"]);
    expect(result.broken.size).toBe(0);
    expect(result.warnings).toEqual([
      { extensionId: "c", message: 'optional: needs "b" ^2.0.0, but its version is 1.0.0' },
      { extensionId: "c", message: 'optional "d" does not go first: "d" depends on "c"' },
    ]);
  });

  it("prints a cycle as a path, the same for each on it, and names it to who needs it", () => {
    const result = plan({ x: on("a"), a: on("b"), b: on("c"), c: on("a"), free: {} });
    expect(reasons(result)).toEqual({
      a: "disabled: dependency cycle: a -> b -> c -> a",
      b: "disabled: dependency cycle: a -> b -> c -> a",
      c: "disabled: dependency cycle: a -> b -> c -> a",
      x: 'disabled: needs "a", which is disabled: dependency cycle: a -> b -> c -> a',
    });
    expect(result.order).toEqual(["free"]);
  });

  it("reports all problems at once, with the nearest name and the root cause", () => {
    const unusable = new Map<string, Unusable>([
      ["off", { state: "disabled", reason: "turned off", services: ["models"] }],
    ]);
    const result = plan(
      {
        a: on("store-levle", "off", "models"),
        "store-level": {},
        b: on("a"),
        c: on("b"),
        d: on("c"),
        old: { dependsOn: { "store-level": "^2.0.0" } },
      },
      unusable,
    );
    const cause =
      'needs "store-levle", which is not there; did you mean "store-level"?; needs "off", which is disabled: turned off; ' +
      'needs "models" from "off", which is disabled: turned off';
    expect(reasons(result)).toEqual({
      a: `disabled: ${cause}`,
      b: `disabled: needs "a", which is disabled: ${cause}`,
      c: `disabled: needs "a" (through "b"), which is disabled: ${cause}`,
      d: `disabled: needs "a" (through "c" -> "b"), which is disabled: ${cause}`,
      old: 'disabled: needs "store-level" ^2.0.0, but its version is 1.0.0',
    });
    expect(result.order).toEqual(["store-level"]);
  });

  it("lets the first keep a service or a name; patterns claim nothing", () => {
    const result = plan({
      first: { contributes: { services: ["kv"], points: { tools: ["read_file", "mcp_*"] } } },
      second: {
        contributes: { services: ["kv"], points: { tools: ["read_file", "mcp_*"], other: ["read_file"] } },
      },
      third: { contributes: { points: { tools: ["mcp_*"] } } },
      user: on("kv"),
    });
    expect(reasons(result)).toEqual({
      second:
        'failed: the service "kv" is already provided by "first"; "read_file" in the point "tools" is already provided by ' +
        '"first"; disable one of the two',
    });
    expect(result.requires.get("user")).toEqual(["first"]);
  });
});

/** A random graph: dependencies point to earlier ids, so it has no cycle; shuffled afterwards. */
const dag = fc.array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 25 }).chain((rows) => {
  const parts = rows.map((row, index): [string, string[]] => [
    `e${index}`,
    index === 0 ? [] : [...new Set(row.map((n) => `e${n % index}`))],
  ]);
  return fc.shuffledSubarray(parts, { minLength: parts.length, maxLength: parts.length });
});

describe("planOrder, any graph", () => {
  it("puts each dependency before its dependents", () => {
    fc.assert(
      fc.property(dag, (graph) => {
        const { order, broken, isBefore } = plan(
          Object.fromEntries(graph.map(([id, ids]) => [id, on(...ids)])),
        );
        expect(broken.size).toBe(0);
        expect([...order].sort()).toEqual(graph.map(([id]) => id).sort());
        for (const [id, ids] of graph) {
          for (const each of ids) {
            expect(order.indexOf(each)).toBeLessThan(order.indexOf(id));
            expect(isBefore(each, id)).toBe(true);
            expect(isBefore(id, each)).toBe(false);
          }
        }
      }),
    );
  });

  it("disables exactly what reaches something broken, and orders the rest", () => {
    const damage = fc.record({
      missing: fc.array(fc.nat(), { maxLength: 3 }),
      back: fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(dag, damage, (graph, { missing, back }) => {
        const edges = new Map(graph.map(([id, ids]) => [id, new Set(ids)]));
        const at = (n: number) => `e${n % graph.length}`;
        for (const n of missing) edges.get(at(n))?.add("nowhere-at-all");
        for (const [from, to] of back) if (at(from) !== at(to)) edges.get(at(from))?.add(at(to));
        const result = plan(Object.fromEntries([...edges].map(([id, ids]) => [id, on(...ids)])));

        const reach = (from: string): Set<string> => {
          const seen = new Set(edges.get(from));
          for (const each of seen) for (const next of edges.get(each) ?? []) seen.add(next);
          return seen;
        };
        const isBad = (id: string) => id === "nowhere-at-all" || reach(id).has(id);
        const expected = [...edges.keys()].filter((id) => isBad(id) || [...reach(id)].some(isBad));
        expect([...result.broken.keys()].sort()).toEqual(expected.sort());
        expect([...result.order].sort()).toEqual(
          [...edges.keys()].filter((id) => !expected.includes(id)).sort(),
        );
        for (const id of result.order) {
          for (const each of edges.get(id) ?? [])
            expect(result.order.indexOf(each)).toBeLessThan(result.order.indexOf(id));
        }
      }),
      { numRuns: 300 },
    );
  });
});
