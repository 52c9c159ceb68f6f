/** Conformance of the port `kv`. */
import assert from "node:assert/strict";
import { type KvCase, type KvHarness, onOne } from "./conformance.ts";

const one = onOne<KvHarness>;

export const kvSuite: readonly KvCase[] = [
  one("keeps values and versions over a restart", async (first) => {
    const value = { text: "\u{1F600} \ud800", list: [1, null, true], nested: { empty: {} } };
    assert.equal(await first.kv.get("ns", "key"), undefined);
    assert.equal(await first.kv.set("ns", "key", value), true);
    assert.deepEqual(await first.kv.get("ns", "key"), { key: "key", value, version: 1 });
    await first.kv.set("ns", "key", null);
    const second = await first.reopen();
    assert.deepEqual(await second.kv.get("ns", "key"), { key: "key", value: null, version: 2 });
    return second;
  }),
  one("refuses a value that is not JSON", async ({ kv }) => {
    await assert.rejects(kv.set("ns", "key", undefined), TypeError);
    assert.equal(await kv.get("ns", "key"), undefined);
  }),
  one("hands out copies", async ({ kv }) => {
    const value = { list: [1] };
    await kv.set("ns", "key", value);
    value.list.push(2);
    assert.deepEqual((await kv.get("ns", "key"))?.value, { list: [1] });
  }),
  one("writes only when the version fits", async ({ kv }) => {
    assert.equal(await kv.set("ns", "key", 1, { ifVersion: 1 }), false);
    assert.equal(await kv.set("ns", "key", 1, { ifVersion: 0 }), true);
    assert.equal(await kv.set("ns", "key", 2, { ifVersion: 0 }), false);
    assert.equal(await kv.set("ns", "key", 2, { ifVersion: 1 }), true);
    assert.deepEqual(await kv.get("ns", "key"), { key: "key", value: 2, version: 2 });
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) => kv.set("ns", "key", n, { ifVersion: 2 })),
    );
    assert.equal(results.filter(Boolean).length, 1);
    assert.deepEqual(await kv.get("ns", "key"), { key: "key", value: results.indexOf(true), version: 3 });
  }),
  one("counts every one of 20 writes at once", async ({ kv }) => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => kv.set("ns", "key", n)));
    assert.equal((await kv.get("ns", "key"))?.version, 20);
  }),
  one("deletes, and tells whether there was something", async (first) => {
    await first.kv.set("ns", "key", 1);
    await first.kv.set("ns", "key2", 2);
    assert.equal(await first.kv.delete("ns", "key"), true);
    assert.equal(await first.kv.delete("ns", "key"), false);
    const second = await first.reopen();
    assert.equal(await second.kv.get("ns", "key"), undefined);
    assert.equal((await second.kv.get("ns", "key2"))?.value, 2);
    assert.equal(await second.kv.set("ns", "key", 1, { ifVersion: 0 }), true);
    return second;
  }),
  one("keeps namespaces and odd keys apart", async ({ kv }) => {
    const odd = [
      "",
      "!",
      "a",
      "a!",
      "a!b",
      'a"',
      "a~",
      "~0061",
      "a\u0000",
      "\u{1F600}",
      "\ud800",
      "\uffff",
      "é",
      "a b",
      "A",
    ];
    for (const [i, namespace] of odd.entries()) {
      for (const [j, key] of odd.entries()) await kv.set(namespace, key, [i, j]);
    }
    for (const [i, namespace] of odd.entries()) {
      assert.deepEqual((await kv.get(namespace, "a!"))?.value, [i, odd.indexOf("a!")]);
      const listed = await kv.list(namespace);
      const sorted = [...odd].sort((a, b) => (a < b ? -1 : 1));
      assert.deepEqual(
        listed.map(({ key }) => key),
        sorted,
      );
      assert.ok(listed.every(({ value }) => (value as number[])[0] === i));
    }
    assert.deepEqual(
      (await kv.list("a", { prefix: "a!" })).map(({ key }) => key),
      ["a!", "a!b"],
    );
  }),
  one("lists in key order, page by page", async ({ kv }) => {
    const all = Array.from({ length: 1_100 }, (_, i) => `k${String(i).padStart(4, "0")}`);
    await Promise.all(all.map((key, i) => kv.set("ns", key, i)));
    const keysOf = async (options?: { prefix?: string; after?: string; limit?: number }) =>
      (await kv.list("ns", options)).map(({ key }) => key);
    assert.deepEqual(await keysOf(), all.slice(0, 1_000));
    assert.deepEqual(await keysOf({ after: "k0999" }), all.slice(1_000));
    assert.deepEqual(await keysOf({ prefix: "k05", limit: 2, after: "k0510" }), ["k0511", "k0512"]);
    assert.deepEqual(await keysOf({ prefix: "k05", after: "a" }), all.slice(500, 600));
    assert.deepEqual(await keysOf({ prefix: "k05", after: "k06" }), []);
    assert.deepEqual(await keysOf({ prefix: "x" }), []);
  }),
];
