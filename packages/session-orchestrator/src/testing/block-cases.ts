/** Conformance: what is kept for recovery: open blocks, running markers, remembered answers. */
import assert from "node:assert/strict";
import { batchOf, entriesFrom, grow, type LogCase, type LogHarness, onOne } from "./conformance.ts";

const one = onOne<LogHarness>;
const id = "conversation-1";
const meta = JSON.stringify({ kind: "text" });

export const blockCases: readonly LogCase[] = [
  one("recovers open blocks from their increments", async (first) => {
    const { log } = first;
    const astral = "\u{1F600}";
    await grow(log, id, 0, 1);
    const save = (increments: { block: string; at: number; text: string; meta?: string }[]) =>
      log.append(batchOf({ conversationId: id, expectedHead: 1, increments }));
    await save([{ block: "t.b1", at: 0, text: "Hello ", meta }]);
    await save([
      { block: "t.b1", at: 6, text: astral },
      { block: "t.b2", at: 0, text: "", meta: "{}" },
    ]);
    await save([{ block: "t.b1", at: 8, text: "lone \udc00 end" }]);
    for (let at = 0; at < 1_200; at += 1)
      await save([{ block: "t.b10", at, text: String(at % 10), ...(at === 0 && { meta }) }]);
    const expected = [
      { block: "t.b1", text: `Hello ${astral}lone \udc00 end`, meta },
      { block: "t.b10", text: "0123456789".repeat(120), meta },
      { block: "t.b2", text: "", meta: "{}" },
    ];
    assert.deepEqual(await log.blocks(id), expected);
    const second = await first.reopen();
    assert.deepEqual(await second.log.blocks(id), expected);
    assert.equal((await second.log.head(id))?.head, 1);
    return second;
  }),
  one("drops what does not follow on", async ({ log }) => {
    await log.append(
      batchOf({
        conversationId: id,
        expectedHead: 0,
        increments: [
          { block: "b1", at: 0, text: "abc", meta },
          { block: "b1", at: 3, text: "def" },
          { block: "b1", at: 7, text: "lost" },
          { block: "b2", at: 4, text: "no beginning" },
        ],
      }),
    );
    assert.deepEqual(await log.blocks(id), [{ block: "b1", text: "abcdef", meta }]);
  }),
  one("removes increments in the batch that seals their block", async (first) => {
    const block = (name: string, at = 0) => ({ block: name, at, text: "xyz", ...(at === 0 && { meta }) });
    const { log } = first;
    const before = [block("b1"), block("b1", 3), block("b10"), block("b2")];
    await log.append(
      batchOf({ conversationId: id, expectedHead: 0, entries: entriesFrom(1, 1), increments: before }),
    );
    // A checkpoint that comes with the sealing batch is sealed too.
    const batch = {
      entries: entriesFrom(2, 1),
      increments: [block("b1", 6), block("b3")],
      sealed: ["b1", "b3", "never-seen"],
    };
    await log.append(batchOf({ conversationId: id, expectedHead: 1, ...batch }));
    const left = ["b10", "b2"].map((name) => ({ block: name, text: "xyz", meta }));
    assert.deepEqual(await log.blocks(id), left);
    const second = await first.reopen();
    assert.deepEqual(await second.log.blocks(id), left);
    await second.log.append(
      batchOf({ conversationId: id, expectedHead: 2, fence: 9, sealed: ["b10", "b2"] }),
    );
    assert.deepEqual(await second.log.blocks(id), []);
    assert.deepEqual(await second.log.blocks("unknown"), []);
    return second;
  }),
  one("finds running conversations again", async (first) => {
    const mark = (conversationId: string, expectedHead: number, running?: boolean) =>
      first.log.append(
        batchOf({ conversationId, expectedHead, entries: entriesFrom(expectedHead + 1, 1), running }),
      );
    assert.deepEqual(await first.log.running(), []);
    for (const name of ["a", "b", "c"]) await mark(name, 0, true);
    await mark("d", 0);
    await mark("a", 1);
    await mark("b", 1, false);
    const second = await first.reopen();
    assert.deepEqual([...(await second.log.running())].sort(), ["a", "c"]);
    return second;
  }),
  one("remembers answers until they expire", async (first) => {
    const remember = (key: string, json: string, expiresAt: number, expectedHead: number) =>
      first.log.append(
        batchOf({
          conversationId: id,
          expectedHead,
          idempotency: { key, json, expiresAt },
          entries: entriesFrom(expectedHead + 1, 1),
        }),
      );
    const long = `${"scope ".repeat(500)}!\u0000\u{1F600}`;
    await remember("cred\u0000chat\u0000k", '{"turn":1}', 1_000, 0);
    await remember(long, '{"turn":2}', 1_000, 1);
    await remember("", '"empty"', 1_000, 2);
    await remember("cred\u0000chat\u0000again", '"old"', 1_000, 3);
    await remember("cred\u0000chat\u0000again", '"new"', 2_000, 4);
    const second = await first.reopen();
    const ask = (key: string, now: number) => second.log.idempotent(key, now);
    assert.equal(await ask("cred\u0000chat\u0000k", 999), '{"turn":1}');
    assert.equal(await ask("cred\u0000chat\u0000k", 1_000), '{"turn":1}');
    assert.equal(await ask("cred\u0000chat\u0000k", 1_001), undefined);
    assert.equal(await ask(long, 0), '{"turn":2}');
    assert.equal(await ask("", 0), '"empty"');
    assert.equal(await ask("cred\u0000chat\u0000again", 1_500), '"new"');
    assert.equal(await ask("cred\u0000chat\u0000", 0), undefined);
    return second;
  }),
];
