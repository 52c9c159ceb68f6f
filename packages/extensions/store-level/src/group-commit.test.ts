import { expect, test } from "vitest";
import type { Operation } from "./database.ts";
import { createGroupCommit } from "./group-commit.ts";

const del = (key: string): Operation => ({ type: "del", key });

test("what is asked for during a write goes together in the next, in order", async () => {
  const written: string[] = [];
  let underWay = 0;
  const commit = createGroupCommit(async (operations) => {
    underWay += 1;
    expect(underWay).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    written.push(operations.map(({ key }) => key).join(""));
    underWay -= 1;
  });
  const first = commit([del("a")]);
  await Promise.resolve();
  const others = ["b", "c", "d"].map((key) => commit([del(key)]));
  await first;
  expect(written).toEqual(["a"]);
  await Promise.all(others);
  expect(written).toEqual(["a", "bcd"]);
  await commit([]);
  expect(written).toEqual(["a", "bcd", ""]);
});

test("a write that fails fails all that were in it, and none of the next", async () => {
  let fails = true;
  const commit = createGroupCommit(async () => {
    if (fails) throw new Error("no space");
  });
  const results = await Promise.allSettled([commit([del("a")]), commit([del("b")])]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  fails = false;
  await commit([del("c")]);
});
