import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Level } from "level";
import { afterAll, expect, test } from "vitest";
import { keys } from "./keys.ts";
import { encodeRow } from "./rows.ts";
import { openStore, type Store } from "./store.ts";

const base = mkdtempSync(join(tmpdir(), "store-level-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const folder = (): string => mkdtempSync(join(base, "d-"));
const open = (dataDir: string): Promise<Store> =>
  openStore(
    {
      dataDir,
      syncWrites: true,
      hotConversations: 10,
      sweepIntervalMs: 3_600_000,
      checkBytes: 2 ** 30,
      compactAfterRows: 5_000,
      acceptLoss: false,
    },
    { now: 0, report: () => undefined },
  );

const record = (seq: number) => ({ seq, json: JSON.stringify({ seq, text: "some text" }) });
const batch = (conversationId: string, head: number, count = 1) => ({
  conversationId,
  fence: 1_000,
  expectedHead: head,
  epoch: "e1",
  entries: Array.from({ length: count }, (_, i) => record(head + 1 + i)),
  sync: true,
});

/** A closed store with one conversation of ten records. */
async function written(): Promise<string> {
  const dataDir = folder();
  const store = await open(dataDir);
  await store.log.append({ ...batch("c", 0, 10), row: { order: 1, status: "idle", json: '"c"' } });
  await store.close();
  return dataDir;
}

/** Works on the closed database directly. */
async function raw(dataDir: string, work: (level: Level) => Promise<unknown>): Promise<void> {
  const level = new Level(`${dataDir}/store`);
  await work(level);
  await level.close();
}

test("creates a folder and files for the owner only", async () => {
  const dataDir = join(folder(), "new", "data");
  const store = await open(dataDir);
  const modes = (): number[] =>
    readdirSync(`${dataDir}/store`).map((name) => statSync(`${dataDir}/store/${name}`).mode & 0o777);
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  expect(statSync(`${dataDir}/store`).mode & 0o777).toBe(0o700);
  for (const name of ["store.lock", "store.created"])
    expect(statSync(`${dataDir}/${name}`).mode & 0o777).toBe(0o600);
  expect(new Set(modes())).toEqual(new Set([0o600]));
  await store.close();
  expect(new Set(modes())).toEqual(new Set([0o600]));
  expect(readdirSync(dataDir).sort()).toEqual(["store", "store.commits", "store.created"]);
});

test("finishes what is under way when closed, and refuses the rest", async () => {
  const dataDir = folder();
  const store = await open(dataDir);
  const pending = Promise.all(Array.from({ length: 30 }, (_, i) => store.log.append(batch(`c${i}`, 0, 50))));
  await Promise.all([store.close(), store.close()]);
  await pending;
  const late = [
    store.log.append(batch("late", 0)),
    store.log.head("c1"),
    store.log.list(),
    store.kv.get("ns", "k"),
    store.sweep(0),
  ];
  for (const call of late)
    await expect(call).rejects.toMatchObject({ code: "shutting-down", message: "The store is closed." });
  const again = await open(dataDir);
  for (let i = 0; i < 30; i += 1) expect((await again.log.head(`c${i}`))?.head).toBe(50);
  await again.close();
});

test("reads the store that an earlier version wrote", async () => {
  // Written by version 0.1.0, format 1. It is never written anew: another format gets a folder of its own beside it.
  const dataDir = folder();
  cpSync(fileURLToPath(new URL("../fixtures/store-v1", import.meta.url)), dataDir, { recursive: true });
  const { log, kv, ownership, close } = await open(dataDir);
  expect(await ownership.claim("old-1")).toBe(3);
  expect(await log.head("old-1")).toEqual({
    epoch: "epoch1",
    head: 6,
    firstSeq: 3,
    state: { seq: 5, json: '{"title":"Gr\u00fc\u00dfe \u{1F600}"}' },
  });
  expect(await log.read("old-1", 0)).toEqual({
    entries: [3, 4, 5, 6].map((seq) => ({
      seq,
      json: JSON.stringify({ seq, type: "text", text: `record ${seq} \u{1F600}` }),
    })),
    hasMore: false,
  });
  expect(await log.blocks("old-1")).toEqual([
    { block: "t1.b1", text: "Hello, wor\ud800ld", meta: '{"kind":"text"}' },
  ]);
  expect(await log.head("old-2")).toEqual({ epoch: "epoch2", head: 0, firstSeq: 1 });
  expect(await log.running()).toEqual(["old-1"]);
  expect(await log.list({ statuses: ["active", "idle", "closed"] })).toEqual({
    rows: ['{"id":"old-1"}', '{"id":"old-2"}'],
  });
  expect(await log.list()).toEqual({ rows: ['{"id":"old-1"}'] });
  expect(await log.idempotent("cred\u0000chat\u0000key!", 1_000)).toBe('{"turnId":"t1"}');
  expect(await kv.get("ext!1", "k\u00e4y")).toEqual({ key: "k\u00e4y", value: { a: [1] }, version: 2 });
  await log.append({ ...batch("old-1", 6), sealed: ["t1.b1"], running: false });
  expect(await log.blocks("old-1")).toEqual([]);
  await close();
});

test("refuses a newer format", async () => {
  const dataDir = await written();
  await raw(dataDir, (level) => level.put(keys.format, encodeRow(keys.format, '{"version":2}')));
  await expect(open(dataDir)).rejects.toMatchObject({
    code: "store-newer",
    message: expect.stringContaining("format 2"),
  });
});

test("never starts an empty store over a damaged one", async () => {
  const without = async (remove: (dataDir: string) => void): Promise<void> => {
    const dataDir = await written();
    remove(dataDir);
    const before = readdirSync(`${dataDir}/store`, { recursive: true });
    await expect(open(dataDir)).rejects.toMatchObject({ code: "store-damaged" });
    for (const name of before) expect(readdirSync(`${dataDir}/store`, { recursive: true })).toContain(name);
    expect(readdirSync(dataDir)).not.toContain("store.lock");
  };
  await without((dir) => rmSync(`${dir}/store/CURRENT`));
  await without((dir) => {
    rmSync(`${dir}/store/CURRENT`);
    rmSync(`${dir}/store.created`);
  });
  await without((dir) => {
    for (const name of readdirSync(`${dir}/store`))
      if (name.startsWith("MANIFEST")) rmSync(`${dir}/store/${name}`);
  });
  const gone = await written();
  rmSync(`${gone}/store`, { recursive: true });
  await expect(open(gone)).rejects.toMatchObject({ code: "store-damaged" });
});

test("refuses another store in the place of its own, and data of others", async () => {
  const [one, two] = [await written(), await written()];
  rmSync(`${one}/store`, { recursive: true });
  cpSync(`${two}/store`, `${one}/store`, { recursive: true });
  await expect(open(one)).rejects.toMatchObject({
    code: "store-damaged",
    message: expect.stringContaining("another store"),
  });
  const foreign = folder();
  await raw(foreign, (level) => level.put("somebody", "else"));
  await expect(open(foreign)).rejects.toMatchObject({ code: "store-damaged" });
});

test("writes its marker when a crash came before it", async () => {
  const dataDir = await written();
  rmSync(`${dataDir}/store.created`);
  const store = await open(dataDir);
  expect((await store.log.head("c"))?.head).toBe(10);
  await store.close();
  expect(JSON.parse(readFileSync(`${dataDir}/store.created`, "utf8"))).toEqual({ id: expect.any(String) });
});

test("names the record that is damaged or gone", async () => {
  const dataDir = await written();
  await raw(dataDir, async (level) => {
    const value = (await level.get(keys.record("c", 3))) ?? "";
    await level.put(keys.record("c", 3), value.replace("some", "sxme"));
    await level.put(keys.record("c", 5), (await level.get(keys.record("c", 4))) ?? "");
    await level.del(keys.record("c", 7));
    await level.del(keys.record("c", 10));
  });
  const { log, close } = await open(dataDir);
  const damage = (seq: number) => ({
    code: "store-damaged",
    message: `The store has lost or damaged record ${seq} of conversation c.`,
  });
  expect((await log.read("c", 0, { limit: 2 })).entries).toEqual([record(1), record(2)]);
  await expect(log.read("c", 0)).rejects.toMatchObject(damage(3));
  await expect(log.read("c", 4)).rejects.toMatchObject(damage(5));
  await expect(log.read("c", 5)).rejects.toMatchObject(damage(7));
  await expect(log.read("c", 8)).rejects.toMatchObject(damage(10));
  await expect(log.readBack("c", 11)).rejects.toMatchObject(damage(10));
  await expect(log.readBack("c", 9)).rejects.toMatchObject(damage(7));
  await close();
});

test("goes on with a delete that a crash cut", async () => {
  const dataDir = await written();
  await raw(dataDir, async (level) => {
    await level.batch([
      { type: "put", key: keys.deleting("c"), value: encodeRow(keys.deleting("c"), "") },
      { type: "del", key: keys.header("c") },
      { type: "del", key: keys.listed("c", { order: 1, closed: false }) },
    ]);
  });
  await (await open(dataDir)).close();
  await raw(dataDir, async (level) => {
    expect((await level.keys().all()).filter((key) => !key.startsWith("m!"))).toEqual([]);
  });
});

test("leaves no row behind after a delete", async () => {
  const dataDir = await written();
  const store = await open(dataDir);
  const increments = [{ block: "b", at: 0, text: "open", meta: "{}" }];
  await store.log.append({
    ...batch("c", 10, 2_500),
    state: "{}",
    running: true,
    increments,
    row: { order: 9, status: "closed", json: "1" },
  });
  await store.log.trim("c", 1_500);
  await store.log.delete("c");
  await store.close();
  await raw(dataDir, async (level) => {
    expect((await level.keys().all()).filter((key) => !key.startsWith("m!"))).toEqual([]);
  });
});

test("sweeps remembered answers that expired, and only those", async () => {
  const dataDir = folder();
  const store = await open(dataDir);
  for (let i = 0; i < 1_200; i += 1) {
    const idempotency = { key: `k${i % 600}`, json: String(i), expiresAt: i < 600 ? 1_000 : 1_000 + (i % 2) };
    await store.log.append({ ...batch("c", i), sync: false, idempotency });
  }
  await store.sweep(1_001);
  expect(await store.log.idempotent("k0", 0)).toBeUndefined();
  expect(await store.log.idempotent("k1", 1_001)).toBe("601");
  await store.close();
  await raw(dataDir, async (level) => {
    const rows = await level.keys().all();
    expect(rows.filter((key) => key.startsWith("i!"))).toHaveLength(300);
    expect(rows.filter((key) => key.startsWith("x!"))).toHaveLength(300);
  });
});
