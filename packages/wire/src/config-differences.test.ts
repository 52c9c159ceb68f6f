import { expect, test } from "vitest";
import { configDifferences } from "./config-differences.ts";

const value = (path: string, value: unknown, source = "built-in") => ({ path, value, source });

test("differences are other values and values of one side, wherever they come from; flags are none", () => {
  const there = [
    value("approvals", "full", "flag --approvals"),
    value("model", "a/b", "~/config.json"),
    value("server.port", 1),
    value("list", ["x"]),
    value("only.there", true),
  ];
  const here = [
    value("approvals", "ask"),
    value("model", "c/d", "environment X"),
    value("server.port", 1, "environment DISPATCH_PORT"),
    value("list", ["x"]),
    value("only.here", 2),
  ];
  expect(configDifferences(there, here)).toEqual([
    { path: "model", there: there[1], here: here[1] },
    { path: "only.there", there: there[4], here: undefined },
    { path: "only.here", there: undefined, here: here[4] },
  ]);
  expect(configDifferences(there, there)).toEqual([]);
});
