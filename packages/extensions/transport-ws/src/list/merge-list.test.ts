import type { ConversationRow } from "@dispatch/wire";
import { expect, test } from "vitest";
import { type Heard, mergeList } from "./merge-list.ts";

const row = (id: string, head: number, status: ConversationRow["status"] = "idle"): ConversationRow => ({
  id,
  title: `${id}${head}`,
  status,
  labels: [],
  pinned: false,
  createdAt: 0,
  lastActivityAt: 0,
  updatedAt: 0,
  version: 1,
  head,
  messageCount: 0,
});
const change = (each: ConversationRow) => ({ id: each.id, reason: "title", row: each });

test("what is newer wins, what is gone is left out, what is not on the page comes later", () => {
  const heard = new Map<string, Heard>([
    ["newer", change(row("newer", 5))],
    ["older", change(row("older", 1))],
    ["closed", change(row("closed", 3, "closed"))],
    ["deleted", "deleted"],
    ["elsewhere", change(row("elsewhere", 1))],
    ["deleted-elsewhere", "deleted"],
  ]);
  const items = ["newer", "older", "closed", "deleted", "same"].map((id) => row(id, 2));
  const { answer, later } = mergeList({ items, nextCursor: "n" }, heard);
  expect(answer).toEqual({ items: [row("newer", 5), row("older", 2), row("same", 2)], nextCursor: "n" });
  expect(later.map(({ id }) => id)).toEqual(["closed", "elsewhere"]);
});
