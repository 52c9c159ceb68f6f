import { expect, it } from "vitest";
import { environmentPlace } from "./hide-environment.ts";

const line = (name: string, start: string, end: string): string =>
  `42 (${name}) S ${Array.from({ length: 46 }, (_, n) => n).join(" ")} ${start} ${end} 0`;

it("finds the environment whatever the process is called", () => {
  for (const name of ["node", "a b", ") S 1 2", ""])
    expect(environmentPlace(line(name, "140721000000000", "140721000001000"))).toEqual({
      start: 140_721_000_000_000,
      length: 1_000,
    });
});

it.each([
  ["0", "0"],
  ["10", "10"],
  ["10", "5"],
  ["x", "y"],
  ["1", "99999999999"],
])("has none at %s to %s", (start, end) => {
  expect(environmentPlace(line("node", start, end))).toBeUndefined();
});
