import type { Contribution } from "@dispatch/kernel";
import { expect, test } from "vitest";
import type { Method, RouteDefinition } from "./ports.ts";
import { routeTable } from "./route-table.ts";

const contribution = (
  extensionId: string,
  operation: string,
  method: Method,
  path: string,
): Contribution<RouteDefinition> => ({
  name: operation,
  extensionId,
  value: { method, path, operation, scope: "read", summary: "", responses: {}, handle: async () => ({}) },
});
const trustOf = (id: string) => (id === "own" ? "bundled" : "local");
const refusals = (...contributions: Contribution<RouteDefinition>[]) =>
  routeTable(contributions, trustOf).refused;

test("only bundled extensions have the whole space of paths", () => {
  expect(refusals(contribution("own", "a", "GET", "/a"))).toEqual([]);
  expect(refusals(contribution("guest", "a", "GET", "/ext/guest/a"))).toEqual([]);
  for (const path of ["/a", "/ext/other/a", "/ext/guest", "/ext/guestly/a"]) {
    expect(refusals(contribution("guest", "a", "GET", path))).toMatchObject([
      { extensionId: "guest", operation: "a", reason: `the path ${path} is not below /ext/guest/` },
    ]);
  }
});

test("an unknown extension is not bundled", () => {
  expect(routeTable([contribution("ghost", "a", "GET", "/a")], () => undefined).routes).toEqual([]);
});

test("of two routes at one address the first stays, whatever its parameters are called", () => {
  const { routes, refused } = routeTable(
    [contribution("own", "first", "GET", "/a/:id"), contribution("own", "second", "GET", "/a/:name")],
    trustOf,
  );
  expect(routes.map(({ operation }) => operation)).toEqual(["first"]);
  expect(refused).toMatchObject([
    { operation: "second", reason: "GET /a/: is taken by the operation first" },
  ]);
});

test("literal segments come before parameters", () => {
  const paths = ["/a/:id", "/a/:id/b", "/a/b", "/a"];
  const { routes } = routeTable(
    paths.map((path) => contribution("own", path, "GET", path)),
    trustOf,
  );
  const order = routes.map(({ path }) => path);
  expect(order.indexOf("/a/b")).toBeLessThan(order.indexOf("/a/:id"));
});

test.each(["a", "/a/", "/a//b", "/a/*", "/a/:id{.+}", "/a/%20", "/:1"])("the path %s is refused", (path) => {
  expect(refusals(contribution("own", "a", "GET", path))).toHaveLength(1);
});

test("a route goes by the name it is contributed under", () => {
  const route = contribution("own", "a", "GET", "/a");
  expect(refusals({ ...route, name: "b" })).toMatchObject([{ operation: "b" }]);
});
