import type { ConversationRow } from "@dispatch/wire";
import { expect, test } from "vitest";
import { countAsking, dotOf, rowsOf, shownRows, titleOf, withFound, withoutRow, withRow } from "./rows.ts";
import { testRow } from "./test-row.ts";

const row = testRow;
const ids = (rows: readonly ConversationRow[]) => rows.map(({ id }) => id);

test("newest first, pinned before all, closed ones only where they are looked for", () => {
  const rows = rowsOf([
    row("old", { lastActivityAt: 1 }),
    row("new", { lastActivityAt: 3 }),
    row("pinned", { pinned: true }),
    row("shut", { status: "closed", lastActivityAt: 9 }),
  ]);
  expect(ids(shownRows(rows, "", undefined))).toEqual(["pinned", "new", "old"]);
  expect(ids(shownRows(rows, "", "shut"))).toEqual(["pinned", "shut", "new", "old"]);
  expect(ids(shownRows(rows, "SHUT", undefined))).toEqual(["shut"]);
});

test("every word of the search counts, in title, id, labels and model", () => {
  const rows = rowsOf([
    row("a", { title: "Release notes", labels: ["docs"] }),
    row("b", { title: "Release plan", model: "x/y" }),
  ]);
  expect(ids(shownRows(rows, "release docs", undefined))).toEqual(["a"]);
  expect(ids(shownRows(rows, "x/y", undefined))).toEqual(["b"]);
  expect(ids(shownRows(rows, "nothing", undefined))).toEqual([]);
});

test("an older state of a row changes nothing, a removed one is gone", () => {
  const rows = rowsOf([row("a", { head: 5, version: 2, title: "now" })]);
  expect(withRow(rows, row("a", { head: 4, version: 2, title: "then" }))).toBe(rows);
  expect(withRow(rows, row("a", { head: 5, version: 1, title: "then" }))).toBe(rows);
  expect(withRow(rows, row("a", { head: 6, version: 2, title: "later" })).get("a")?.title).toBe("later");
  expect(withoutRow(rows, "a").size).toBe(0);
  expect(withoutRow(rows, "b")).toBe(rows);
});

test("a list that was asked for adds what is not known, and brings back nothing", () => {
  const rows = rowsOf([row("a", { head: 5, title: "now" }), row("new")]);
  const found = [row("a", { head: 4, title: "then" }), row("closed", { status: "closed" }), row("deleted")];
  const merged = withFound(rows, found, new Set(["deleted"]));
  expect([...merged.keys()]).toEqual(["a", "new", "closed"]);
  expect(merged.get("a")?.title).toBe("now");
});

test("who waits for an answer comes first, and is counted", () => {
  const rows = rowsOf([
    row("pinned", { pinned: true, lastActivityAt: 9 }),
    row("asks", { status: "active", waiting: "approval", lastActivityAt: 1 }),
    row("works", { status: "active", lastActivityAt: 8 }),
  ]);
  expect(ids(shownRows(rows, "", undefined))).toEqual(["asks", "pinned", "works"]);
  expect([countAsking(rows), countAsking(rows, "asks"), countAsking(rows, "works")]).toEqual([1, 0, 1]);
  const answered = withRow(rows, row("asks", { status: "active", head: 2, lastActivityAt: 1 }));
  expect(ids(shownRows(answered, "", undefined))).toEqual(["pinned", "works", "asks"]);
});

test("the dot says what one would look for", () => {
  expect(dotOf({ status: "active", waiting: "approval" })).toBe("asking");
  expect(dotOf({ status: "active" })).toBe("running");
  expect(dotOf({ status: "idle", lastTurn: { turnId: "t", reason: "error" } })).toBe("failed");
  expect(dotOf({ status: "idle", lastTurn: { turnId: "t", reason: "aborted" } })).toBe("idle");
  expect(dotOf({ status: "closed", lastTurn: { turnId: "t", reason: "error" } })).toBe("closed");
  expect([titleOf(row("a", { title: "  " })), titleOf(undefined)]).toEqual(["a", ""]);
});
