/** Conformance: the conversation list. */
import assert from "node:assert/strict";
import type { ConversationLog, ListOptions, ListRow } from "../ports/log.ts";
import { batchOf, type LogCase, type LogHarness, onOne, refused } from "./conformance.ts";

const one = onOne<LogHarness>;

/** Creates or changes the row of `id`; its JSON is its id. */
const put = (
  log: ConversationLog,
  id: string,
  order: number,
  status: ListRow["status"] = "idle",
  json = JSON.stringify(id),
) => log.append(batchOf({ conversationId: id, expectedHead: 0, row: { order, status, json } }));

const idsOf = (rows: readonly string[]): string[] => rows.map((json) => JSON.parse(json) as string);

async function pages(
  log: ConversationLog,
  options: ListOptions,
  between?: () => Promise<void>,
): Promise<string[][]> {
  const all: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await log.list({ ...options, cursor });
    all.push(idsOf(page.rows));
    cursor = page.nextCursor;
    await between?.();
  } while (cursor !== undefined);
  return all;
}

export const listCases: readonly LogCase[] = [
  one("lists newest first and moves rows", async (first) => {
    const { log } = first;
    assert.deepEqual(await log.list(), { rows: [] });
    await put(log, "a", 10);
    await put(log, "b", 30, "active");
    await put(log, "c", 20);
    await put(log, "d", 20);
    assert.deepEqual(idsOf((await log.list()).rows), ["b", "c", "d", "a"]);
    await put(log, "a", 1_700_000_000_000);
    await put(log, "b", 30, "idle", '"b2"');
    const second = await first.reopen();
    assert.deepEqual(idsOf((await second.log.list()).rows), ["a", "b2", "c", "d"]);
    await put(second.log, "c", 40);
    assert.deepEqual(idsOf((await second.log.list()).rows), ["a", "c", "b2", "d"]);
    return second;
  }),
  one("chooses by status", async ({ log }) => {
    await put(log, "active", 1, "active");
    await put(log, "idle", 2, "idle");
    await put(log, "closed", 3, "closed");
    await put(log, "reopened", 4, "closed");
    await put(log, "reopened", 4, "idle");
    await put(log, "closing", 5, "idle");
    await put(log, "closing", 5, "closed");
    const by = async (...statuses: ListRow["status"][]) => idsOf((await log.list({ statuses })).rows);
    assert.deepEqual(await by("active"), ["active"]);
    assert.deepEqual(await by("idle"), ["reopened", "idle"]);
    assert.deepEqual(await by("closed"), ["closing", "closed"]);
    assert.deepEqual(await by("active", "closed"), ["closing", "closed", "active"]);
    assert.deepEqual(await by("closed", "idle", "active"), [
      "closing",
      "reopened",
      "closed",
      "idle",
      "active",
    ]);
    assert.deepEqual(await by(), []);
    assert.deepEqual(idsOf((await log.list()).rows), ["reopened", "idle", "active"]);
  }),
  one("chooses by prefix and by keep", async ({ log }) => {
    for (const [i, id] of ["ab", "ab-1", "abc", "b", "Ab", "a"].entries()) await put(log, id, i);
    assert.deepEqual(idsOf((await log.list({ prefix: "ab" })).rows), ["abc", "ab-1", "ab"]);
    assert.deepEqual(idsOf((await log.list({ prefix: "ab-1" })).rows), ["ab-1"]);
    assert.deepEqual(idsOf((await log.list({ prefix: "zz" })).rows), []);
    assert.deepEqual(await pages(log, { prefix: "a", limit: 2, keep: (json) => json !== '"abc"' }), [
      ["a", "ab-1"],
      ["ab"],
    ]);
  }),
  one("pages through rows without repeating one, while they move", async ({ log }) => {
    const ids = Array.from({ length: 50 }, (_, i) => `c${i}`);
    for (const [i, id] of ids.entries()) await put(log, id, 1_000 - i, i % 7 === 0 ? "closed" : "idle");
    const statuses = ["active", "idle", "closed"] as const;
    assert.deepEqual((await pages(log, { statuses, limit: 7 })).flat(), ids);
    assert.deepEqual((await pages(log, { statuses, limit: 50 })).flat(), ids);
    let order = 2_000;
    const seen = (
      await pages(log, { statuses, limit: 7 }, async () => {
        order += 1;
        await put(log, "c3", order, "active"); // was on the first page: goes to the top of it
        await put(log, `new-${order}`, order);
      })
    ).flat();
    assert.deepEqual(seen, ids);
    await refused(log.list({ cursor: "no such cursor" }), "invalid-request");
  }),
  one("lists 5,000 conversations page by page", async ({ log }) => {
    const ids = Array.from({ length: 5_000 }, (_, i) => `c-${i}`);
    for (let start = 0; start < ids.length; start += 500) {
      await Promise.all(
        ids
          .slice(start, start + 500)
          .map((id, i) => put(log, id, 10_000 - start - i, i % 10 === 0 ? "closed" : "idle")),
      );
    }
    const open = ids.filter((_, i) => i % 10 !== 0);
    const found = await pages(log, { limit: 1_000 });
    assert.deepEqual(
      found.map(({ length }) => length),
      [1_000, 1_000, 1_000, 1_000, 500],
    );
    assert.deepEqual(found.flat(), open);
    assert.equal((await log.list({ limit: 99_999 })).rows.length, 1_000);
  }),
  one("looks at no more than 10,000 rows a page", async ({ log }) => {
    const count = 10_050;
    for (let start = 0; start < count; start += 1_005) {
      await Promise.all(
        Array.from({ length: 1_005 }, (_, i) => put(log, `c${start + i}`, count - start - i)),
      );
    }
    let asked = 0;
    const keep = (json: string): boolean => {
      asked += 1;
      return json === `"c${count - 1}"`;
    };
    const first = await log.list({ keep });
    assert.deepEqual([first.rows, asked], [[], 10_000]);
    const second = await log.list({ keep, cursor: first.nextCursor });
    assert.deepEqual(second, { rows: [`"c${count - 1}"`] });
    assert.equal(asked, count);
  }),
];
