import type { ConversationRow } from "@dispatch/wire";
import fc from "fast-check";
import { expect, test } from "vitest";
import { childrenByCall, familyRows } from "./families.ts";
import { rowsOf } from "./rows.ts";
import { testRow } from "./test-row.ts";

const row = (id: string, lastActivityAt: number, fields: Partial<ConversationRow> = {}) =>
  testRow(id, { lastActivityAt, ...fields });
const drawn = (rows: readonly ConversationRow[], current?: string, search = "") =>
  familyRows(rowsOf(rows), search, current).map(
    ({ row: { id }, depth, folded }) => `${"-".repeat(depth)}${id}${folded > 0 ? `+${folded}` : ""}`,
  );
const family = [
  row("alone", 5),
  row("parent", 1),
  row("done", 2, { parentId: "parent" }),
  row("works", 9, { parentId: "parent", status: "active" }),
  row("grandchild", 3, { parentId: "done" }),
];

test("children stand under their parents; who has nothing to say is folded until one looks at the family", () => {
  expect(drawn(family)).toEqual(["parent+1", "-works", "alone"]);
  for (const current of ["parent", "done", "grandchild"])
    expect(drawn(family, current)).toEqual(["parent", "-works", "-done", "--grandchild", "alone"]);
  expect(drawn(family, "alone")).toEqual(["parent+1", "-works", "alone"]);
});

test("who asks brings its family up, and is shown through all that is above it", () => {
  const asks = row("grandchild", 3, { parentId: "done", status: "active", waiting: "approval" });
  const rows = [...family.filter(({ id }) => id !== "grandchild"), asks, row("newest", 99)];
  expect(drawn(rows)).toEqual(["parent", "-done", "--grandchild", "-works", "newest", "alone"]);
});

test("a child without its parent stands alone; a search finds what it finds", () => {
  expect(drawn([row("orphan", 1, { parentId: "gone" })])).toEqual(["orphan"]);
  expect(drawn(family, undefined, "grand")).toEqual(["grandchild"]);
});

test("whatever the parents say, every row is drawn or folded once", () => {
  const ids = ["a", "b", "c", "d", "e"];
  const some = fc.array(
    fc.record({
      id: fc.constantFrom(...ids),
      parentId: fc.option(fc.constantFrom(...ids, "gone"), { nil: undefined }),
      status: fc.constantFrom<ConversationRow["status"]>("idle", "active"),
    }),
  );
  fc.assert(
    fc.property(some, fc.constantFrom(undefined, ...ids), (members, current) => {
      const rows = rowsOf(
        members.map(({ id, parentId, status }, index) =>
          row(id, index, { status, ...(parentId && { parentId }) }),
        ),
      );
      const all = familyRows(rows, "", current);
      expect(new Set(all.map(({ row: { id } }) => id)).size).toBe(all.length);
      const drawnIds = new Set(all.map(({ row: { id } }) => id));
      for (const { id, status } of rows.values())
        if (status === "active" || id === current) expect(drawnIds.has(id)).toBe(true);
    }),
  );
});

test("a call leads to the child that works for it", () => {
  const rows = rowsOf([
    row("one", 1, { parentId: "parent", parentCallId: "k" }),
    row("other", 1, { parentId: "elsewhere", parentCallId: "k" }),
    row("by-hand", 1, { parentId: "parent" }),
  ]);
  expect([...childrenByCall(rows, "parent")].map(([call, { id }]) => [call, id])).toEqual([["k", "one"]]);
});
