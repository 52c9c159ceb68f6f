import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogBatch } from "@dispatch/session-orchestrator/ports";
import { Level } from "level";
import { afterAll, expect, test } from "vitest";
import { createAppend } from "./append.ts";
import { createDatabase } from "./database.ts";
import { createHeads, encodeHeader } from "./heads.ts";
import { createKeyedQueue } from "./keyed-queue.ts";
import { keys } from "./keys.ts";
import { createReads } from "./read.ts";
import { createRemoval } from "./remove.ts";

const base = mkdtempSync(join(tmpdir(), "store-level-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** A log whose database fails in the batch after `countdown` more; it may be on disk all the same. */
async function faulty() {
  const folder = mkdtempSync(join(base, "d-"));
  const level = new Level(folder);
  await level.open();
  const fault = { countdown: Number.POSITIVE_INFINITY, written: false };
  const batch = level.batch.bind(level) as (operations: unknown[], options: unknown) => Promise<void>;
  const failing = async (operations: unknown[], options: unknown): Promise<void> => {
    fault.countdown -= 1;
    const fails = fault.countdown < 0;
    if (fails) fault.countdown = Number.POSITIVE_INFINITY;
    if (!fails || fault.written) await batch(operations, options);
    if (fails) throw Object.assign(new Error("IO error: no space left"), { code: "LEVEL_IO_ERROR" });
  };
  Object.assign(level, { batch: failing });
  const heads = createHeads(level, 10);
  const options = {
    probeFile: `${folder}.probe`,
    syncWrites: true,
    commits: { last: 0, acknowledge: () => {} },
    onReopened: heads.forgetAll,
    onClosed: () => {},
  };
  const database = createDatabase(level, options);
  const parts = { database, heads, queue: createKeyedQueue() };
  return {
    level,
    heads,
    fault,
    append: createAppend(parts),
    ...createReads(parts),
    ...createRemoval(parts),
    close: database.close,
  };
}

const batch = (head: number, count = 1): LogBatch => ({
  conversationId: "c",
  fence: 1,
  expectedHead: head,
  epoch: "e",
  entries: Array.from({ length: count }, (_, i) => ({ seq: head + 1 + i, json: "{}" })),
  sync: true,
});

test("a failed write that is not there leaves the head where it was", async () => {
  const log = await faulty();
  await log.append(batch(0));
  log.fault.countdown = 0;
  await expect(log.append(batch(1))).rejects.toMatchObject({ code: "store-failed" });
  expect((await log.head("c"))?.head).toBe(1);
  await log.append(batch(1));
  expect((await log.read("c", 0)).entries).toHaveLength(2);
  await log.close();
});

test("a failed write that is there after all counts", async () => {
  const log = await faulty();
  await log.append(batch(0));
  Object.assign(log.fault, { countdown: 0, written: true });
  await expect(log.append(batch(1))).rejects.toMatchObject({ code: "store-failed" });
  await expect(log.append(batch(1))).rejects.toMatchObject({ code: "log-conflict" });
  await log.append(batch(2));
  expect((await log.read("c", 0)).entries).toHaveLength(3);
  await log.close();
});

test("writes that wait behind a failed one are not acknowledged", async () => {
  const log = await faulty();
  await log.append(batch(0));
  log.fault.countdown = 0;
  const results = await Promise.allSettled([
    log.append(batch(1)),
    log.append({ ...batch(0), conversationId: "d" }),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await log.append(batch(1));
  await log.close();
});

test("a conversation made anew after a delete that failed half-way has nothing of the old one", async () => {
  const log = await faulty();
  await log.append({ ...batch(0, 2_500), increments: [{ block: "b", at: 0, text: "old", meta: "{}" }] });
  log.fault.countdown = 2;
  await expect(log.delete("c")).rejects.toMatchObject({ code: "store-failed" });
  expect(await log.head("c")).toBeUndefined();
  await log.append(batch(0));
  expect(await log.blocks("c")).toEqual([]);
  const rows = await log.level.keys().all();
  expect(rows).toEqual([keys.header("c"), keys.record("c", 1), keys.commits]);
  await log.close();
});

test("a head that was read before it was forgotten is not remembered", async () => {
  const { level, heads, close } = await faulty();
  await level.put(keys.header("c"), encodeHeader("c", { epoch: "e", head: 1, firstSeq: 1, fence: 1 }));
  const get = level.get.bind(level);
  let go = (): void => {};
  const gone = new Promise<void>((resolve) => {
    go = resolve;
  });
  Object.assign(level, {
    async get(key: string) {
      const value = await get(key);
      await gone;
      return value;
    },
  });
  const early = heads.get("c");
  await level.del(keys.header("c"));
  heads.forget("c");
  go();
  expect((await early)?.header.head).toBe(1);
  expect(await heads.get("c")).toBeUndefined();
  await close();
});
