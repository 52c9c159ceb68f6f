/** Conformance: windows of records, trim and delete. */
import assert from "node:assert/strict";
import {
  batchOf,
  entriesFrom,
  epoch,
  grow,
  type LogCase,
  type LogHarness,
  onOne,
  readAll,
  refused,
  seqsOf,
} from "./conformance.ts";

const one = onOne<LogHarness>;
const id = "conversation-1";
const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);

export const readCases: readonly LogCase[] = [
  one("reads windows in both directions", async ({ log }) => {
    await grow(log, id, 0, 1_500);
    const up = async (after: number, limit?: number) => {
      const page = await log.read(id, after, { limit });
      return [seqsOf(page.entries), page.hasMore] as const;
    };
    const down = async (before: number, limit?: number) => {
      const page = await log.readBack(id, before, { limit });
      return [seqsOf(page.entries), page.hasMore] as const;
    };
    assert.deepEqual(await up(0), [range(1, 200), true]);
    assert.deepEqual(await up(0, 5_000), [range(1, 1_000), true]);
    assert.deepEqual(await up(1_400), [range(1_401, 1_500), false]);
    assert.deepEqual(await up(9, 2), [range(10, 11), true]);
    assert.deepEqual(await up(1_498, 2), [range(1_499, 1_500), false]);
    assert.deepEqual(await up(1_500), [[], false]);
    assert.deepEqual(await up(9_999), [[], false]);
    assert.deepEqual(await down(Number.POSITIVE_INFINITY, 3), [range(1_498, 1_500), true]);
    assert.deepEqual(await down(1_501), [range(1_301, 1_500), true]);
    assert.deepEqual(await down(1_501, 5_000), [range(501, 1_500), true]);
    assert.deepEqual(await down(4), [range(1, 3), false]);
    assert.deepEqual(await down(4, 2), [range(2, 3), true]);
    assert.deepEqual(await down(1), [[], false]);
    assert.deepEqual(await log.read("unknown", 0), { entries: [], hasMore: false });
    assert.deepEqual(await log.readBack("unknown", 9), { entries: [], hasMore: false });
  }),
  one("bounds a page by size, and gives at least one entry", async ({ log }) => {
    const entries = entriesFrom(1, 6, "é".repeat(1_000));
    const size = entries[0]?.json.length ?? 0;
    await log.append(batchOf({ conversationId: id, expectedHead: 0, entries }));
    const up = async (maxBytes: number) => seqsOf((await log.read(id, 1, { maxBytes })).entries);
    const down = async (maxBytes: number) => seqsOf((await log.readBack(id, 6, { maxBytes })).entries);
    assert.deepEqual(await up(3 * size), [2, 3, 4]);
    assert.deepEqual(await up(3 * size - 1), [2, 3]);
    assert.deepEqual(await up(1), [2]);
    assert.deepEqual(await down(3 * size), [3, 4, 5]);
    assert.deepEqual(await down(3 * size - 1), [4, 5]);
    assert.deepEqual(await down(0), [5]);
    assert.equal((await log.read(id, 4, { maxBytes: 2 * size })).hasMore, false);
    assert.equal((await log.read(id, 3, { maxBytes: 2 * size })).hasMore, true);
    await log.append(
      batchOf({
        conversationId: "large",
        expectedHead: 0,
        entries: entriesFrom(1, 8, "x".repeat(1_000_000)),
      }),
    );
    const page = await log.read("large", 0, { maxBytes: 50_000_000 });
    assert.deepEqual([seqsOf(page.entries), page.hasMore], [range(1, 5), true]);
  }),
  one("trims without changing seqs", async (first) => {
    const { log } = first;
    await grow(log, id, 0, 2_500);
    await log.trim(id, 2_401);
    assert.deepEqual(await log.head(id), { epoch, head: 2_500, firstSeq: 2_401 });
    assert.deepEqual(seqsOf((await log.read(id, 0, { limit: 2 })).entries), [2_401, 2_402]);
    const back = await log.readBack(id, 2_403);
    assert.deepEqual([seqsOf(back.entries), back.hasMore], [[2_401, 2_402], false]);
    await log.trim(id, 5);
    assert.equal((await log.head(id))?.firstSeq, 2_401);
    const second = await first.reopen();
    await second.log.trim(id, 99_999);
    assert.equal((await second.log.head(id))?.firstSeq, 2_500);
    await second.log.append(
      batchOf({ conversationId: id, expectedHead: 2_500, fence: 9, entries: entriesFrom(2_501, 1) }),
    );
    assert.deepEqual(await readAll(second.log, id), entriesFrom(2_500, 2));
    await second.log.trim("unknown", 5);
    return second;
  }),
  one("reads steadily while records are trimmed and appended", async ({ log }) => {
    await grow(log, id, 0, 3_000);
    const reading = async (): Promise<void> => {
      for (let round = 0; round < 30; round += 1) {
        const seqs = seqsOf((await log.read(id, 0, { limit: 50 })).entries);
        assert.deepEqual(seqs, range(seqs[0] ?? 0, (seqs[0] ?? 0) + 49));
      }
    };
    const trimming = async (): Promise<void> => {
      for (let before = 100; before <= 2_900; before += 100) await log.trim(id, before);
    };
    const growing = async (): Promise<void> => {
      for (let head = 3_000; head < 3_030; head += 1) await grow(log, id, head, 1);
    };
    await Promise.all([reading(), trimming(), growing(), reading()]);
    assert.deepEqual(seqsOf(await readAll(log, id)), range(2_900, 3_030));
  }),
  one("deletes everything of a conversation", async (first) => {
    const full = (conversationId: string) =>
      batchOf({
        conversationId,
        expectedHead: 0,
        entries: entriesFrom(1, 2_100),
        state: "{}",
        row: { order: 7, status: "idle", json: JSON.stringify(conversationId) },
        running: true,
        increments: [{ block: "b", at: 0, text: "open", meta: "{}" }],
      });
    await first.log.append(full(id));
    await first.log.append(full("other"));
    await first.log.delete(id);
    await first.log.delete("unknown");
    const isGone = async ({ log }: LogHarness): Promise<void> => {
      assert.equal(await log.head(id), undefined);
      assert.deepEqual(await readAll(log, id), []);
      assert.deepEqual(await log.blocks(id), []);
      assert.deepEqual(await log.running(), ["other"]);
      assert.deepEqual((await log.list()).rows, ['"other"']);
    };
    await isGone(first);
    const second = await first.reopen();
    await isGone(second);
    assert.equal((await readAll(second.log, "other")).length, 2_100);
    await refused(
      second.log.append(batchOf({ conversationId: id, expectedHead: 2_100, entries: entriesFrom(2_101, 1) })),
      "log-conflict",
    );
    await second.log.append(
      batchOf({ conversationId: id, expectedHead: 0, epoch: "e2", entries: entriesFrom(1, 3) }),
    );
    assert.deepEqual(await second.log.head(id), { epoch: "e2", head: 3, firstSeq: 1 });
    assert.deepEqual(seqsOf(await readAll(second.log, id)), [1, 2, 3]);
    assert.deepEqual(await second.log.blocks(id), []);
    return second;
  }),
];
