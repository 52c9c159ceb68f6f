import type { ConversationRow } from "@dispatch/wire";
import { signal } from "@preact/signals";
import { expect, test } from "vitest";
import { createFoundRows } from "./found-rows.ts";
import { type Rows, rowsOf } from "./rows.ts";
import { testRow } from "./test-row.ts";

const row = testRow;

test("what is deleted while it is asked for stays away, from each who asked; the next one asks anew", async () => {
  const rows = signal<Rows>(rowsOf([row("here")]));
  const found = createFoundRows(rows);
  let answer = (_rows: readonly ConversationRow[]): void => undefined;
  const first = found.add(() => new Promise((resolve) => (answer = resolve)));
  const failed = found.add(() => Promise.reject(new Error("away")));
  found.deleted("child");
  answer([row("child"), row("other")]);
  await first;
  await expect(failed).rejects.toThrow("away");
  expect([...rows.value.keys()]).toEqual(["here", "other"]);
  await found.add(async () => [row("child")]);
  expect(rows.value.has("child")).toBe(true);
});
