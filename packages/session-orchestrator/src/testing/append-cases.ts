/** Conformance: what an append promises. */
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

export const appendCases: readonly LogCase[] = [
  one("gives back exactly what was appended", async ({ log }) => {
    const texts = [
      "plain",
      "tab\tnew\nline\u0000",
      "\u{1F600}\u{10FFFF}",
      "lone \ud800 and \udc00",
      "é\u2028\ufeff",
      "x".repeat(100_000),
    ];
    const entries = texts.map((text, i) => ({ seq: i + 1, json: JSON.stringify({ text }) }));
    await log.append(batchOf({ conversationId: id, expectedHead: 0, entries, sync: true }));
    assert.deepEqual(await readAll(log, id), entries);
    const parsed = (await readAll(log, id)).map(({ json }) => (JSON.parse(json) as { text: string }).text);
    assert.deepEqual(parsed, texts);
  }),
  one("keeps epoch, head and state over a restart", async (first) => {
    const { log } = first;
    assert.equal(await log.head(id), undefined);
    const state = JSON.stringify({ title: "a \u{1F600} b \ud800" });
    await log.append(batchOf({ conversationId: id, expectedHead: 0, entries: entriesFrom(1, 2), state }));
    await grow(log, id, 2, 3);
    const expected = { epoch, head: 5, firstSeq: 1, state: { seq: 2, json: state } };
    assert.deepEqual(await log.head(id), expected);
    const second = await first.reopen();
    assert.deepEqual(await second.log.head(id), expected);
    await second.log.append(
      batchOf({ conversationId: id, expectedHead: 5, entries: entriesFrom(6, 1), state: "{}", fence: 9 }),
    );
    assert.deepEqual(await second.log.head(id), {
      epoch,
      head: 6,
      firstSeq: 1,
      state: { seq: 6, json: "{}" },
    });
    return second;
  }),
  one("creates a conversation without records", async (first) => {
    await first.log.append(batchOf({ conversationId: id, expectedHead: 0, state: "{}" }));
    assert.deepEqual(await first.log.head(id), {
      epoch,
      head: 0,
      firstSeq: 1,
      state: { seq: 0, json: "{}" },
    });
    assert.deepEqual(await first.log.read(id, 0), { entries: [], hasMore: false });
    const second = await first.reopen();
    await grow(second.log, id, 0, 1);
    assert.deepEqual(seqsOf(await readAll(second.log, id)), [1]);
    return second;
  }),
  one("refuses seqs that are not consecutive", async ({ log }) => {
    await grow(log, id, 0, 2);
    const wrong = [
      entriesFrom(2, 1),
      entriesFrom(4, 1),
      [...entriesFrom(3, 1), ...entriesFrom(3, 1)],
      [...entriesFrom(3, 1), ...entriesFrom(5, 1)],
    ];
    for (const entries of wrong)
      await refused(log.append(batchOf({ conversationId: id, expectedHead: 2, entries })), "log-invalid");
    assert.deepEqual(seqsOf(await readAll(log, id)), [1, 2]);
  }),
  one("refuses a wrong expected head and writes nothing", async ({ log }) => {
    await grow(log, id, 0, 2);
    for (const expectedHead of [0, 1, 3]) {
      const batch = batchOf({
        conversationId: id,
        expectedHead,
        entries: entriesFrom(expectedHead + 1, 2),
        state: "{}",
        row: { order: 5, status: "idle", json: "{}" },
        running: true,
        idempotency: { key: "k", json: "{}", expiresAt: 10 },
        increments: [{ block: "b", at: 0, text: "t", meta: "{}" }],
      });
      await refused(log.append(batch), "log-conflict");
    }
    await refused(
      log.append(batchOf({ conversationId: "other", expectedHead: 1, entries: entriesFrom(2, 1) })),
      "log-conflict",
    );
    assert.deepEqual(await log.head(id), { epoch, head: 2, firstSeq: 1 });
    assert.equal(await log.head("other"), undefined);
    assert.deepEqual(await log.list(), { rows: [] });
    assert.deepEqual(await log.running(), []);
    assert.deepEqual(await log.blocks(id), []);
    assert.equal(await log.idempotent("k", 0), undefined);
  }),
  one("writes nothing of a batch with one bad part", async ({ log }) => {
    await grow(log, id, 0, 1);
    const base = {
      conversationId: id,
      expectedHead: 1,
      entries: entriesFrom(2, 2),
      state: "{}",
      running: true,
    };
    const bad = [
      { entries: [...entriesFrom(2, 1), { seq: 3, json: "" }] },
      { entries: [...entriesFrom(2, 1), { seq: 3, json: '"\ud800"' }] },
      { row: { order: -1, status: "idle", json: "{}" } },
      { row: { order: 1.5, status: "idle", json: "{}" } },
      { increments: [{ block: "b", at: -1, text: "x" }] },
      { increments: [{ block: "b", at: 0, text: "x" }] },
      { idempotency: { key: "k", json: "{}", expiresAt: Number.NaN } },
    ] as const;
    for (const part of bad) await refused(log.append(batchOf({ ...base, ...part })), "log-invalid");
    await refused(
      log.append({ ...batchOf({ conversationId: "new", expectedHead: 0 }), epoch: undefined }),
      "log-invalid",
    );
    await refused(log.append(batchOf({ conversationId: "a!b", expectedHead: 0 })), "log-invalid");
    assert.deepEqual(await log.head(id), { epoch, head: 1, firstSeq: 1 });
    assert.deepEqual(await log.running(), []);
  }),
  one("refuses a lower fence than seen, also after a restart", async (first) => {
    const batch = (expectedHead: number, fence: number) =>
      batchOf({ conversationId: id, expectedHead, fence, entries: entriesFrom(expectedHead + 1, 1) });
    await first.log.append(batch(0, 3));
    await first.log.append(batch(1, 3));
    await refused(first.log.append(batch(2, 2)), "log-conflict");
    await first.log.append(batchOf({ conversationId: id, expectedHead: 2, fence: 5, increments: [] }));
    await refused(first.log.append(batch(2, 4)), "log-conflict");
    const second = await first.reopen();
    await refused(second.log.append(batch(2, 4)), "log-conflict");
    await second.log.append(batch(2, 5));
    assert.deepEqual(seqsOf(await readAll(second.log, id)), [1, 2, 3]);
    return second;
  }),
  one("gives every owner a higher fence", async (first) => {
    const before = await first.ownership.claim(id);
    const second = await first.reopen();
    const after = await second.ownership.claim(id);
    assert.ok(Number.isSafeInteger(before) && before > 0);
    assert.ok(after > before, `${after} after ${before}`);
    return second;
  }),
  one("lets exactly one of 50 appends with the same head win", async ({ log }) => {
    await grow(log, id, 0, 1);
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, (_, n) =>
        log.append(
          batchOf({
            conversationId: id,
            expectedHead: 1,
            entries: [{ seq: 2, json: JSON.stringify({ n }) }],
            sync: n % 2 === 0,
          }),
        ),
      ),
    );
    const won = results.flatMap(({ status }, n) => (status === "fulfilled" ? [n] : []));
    assert.equal(won.length, 1);
    const lost = results.filter((result) => result.status === "rejected");
    assert.ok(lost.every(({ reason }) => reason.code === "log-conflict"));
    assert.deepEqual(await readAll(log, id), [
      ...entriesFrom(1, 1),
      { seq: 2, json: JSON.stringify({ n: won[0] }) },
    ]);
  }),
  one("keeps conversations apart whose ids begin alike", async ({ log }) => {
    const ids = ["a", "a-", "a-b", "a_", "aa", "a0", "A", "ab"];
    const block = (name: string) => ({ block: name, at: 0, text: name, meta: "{}" });
    await Promise.all(
      ids.map((conversationId, i) =>
        log.append(
          batchOf({
            conversationId,
            expectedHead: 0,
            entries: entriesFrom(1, i + 1),
            running: true,
            increments: [block(`b${i}`)],
          }),
        ),
      ),
    );
    await log.delete("a");
    await log.delete("a-");
    for (const [i, conversationId] of ids.entries()) {
      const gone = i < 2;
      assert.equal((await readAll(log, conversationId)).length, gone ? 0 : i + 1, conversationId);
      assert.deepEqual(
        await log.blocks(conversationId),
        gone ? [] : [{ block: `b${i}`, text: `b${i}`, meta: "{}" }],
      );
    }
    assert.deepEqual([...(await log.running())].sort(), ids.slice(2).sort());
  }),
];
