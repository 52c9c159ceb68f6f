import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { Level } from "level";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "./store.ts";
import { buildChildren, type Children } from "./testing/start-child.ts";

const base = mkdtempSync(join(tmpdir(), "store-level-"));
let children: Children;
const start: Children["start"] = (mode, dataDir, limitKiB) => children.start(mode, dataDir, limitKiB);

beforeAll(async () => {
  children = await buildChildren(build);
});
afterAll(() => {
  children.end();
  rmSync(base, { recursive: true, force: true });
});

const settings = {
  syncWrites: true,
  hotConversations: 10,
  sweepIntervalMs: 3_600_000,
  checkBytes: 2 ** 30,
  compactAfterRows: 5_000,
  acceptLoss: false,
};
const open = (dataDir: string) =>
  openStore({ ...settings, dataDir }, { now: Date.now(), report: () => undefined });
const folder = (): string => mkdtempSync(join(base, "d-"));

/** The last seq acknowledged, by conversation. */
function acknowledged(lines: readonly string[]): Map<string, number> {
  const acks = new Map<string, number>();
  for (const line of lines) {
    const [word, id = "", seq] = line.split(" ");
    if (word === "ack") acks.set(id, Number(seq));
  }
  return acks;
}

/** That everything acknowledged is there and fits together; gives the number of records. */
async function checkAll(dataDir: string, acks: ReadonlyMap<string, number>): Promise<number> {
  const store = await open(dataDir);
  let total = 0;
  for (const [id, acked] of acks) {
    const head = await store.log.head(id);
    expect(head?.head).toBeGreaterThanOrEqual(acked);
    expect(head?.state).toEqual({ seq: head?.head, json: JSON.stringify({ head: head?.head }) });
    let after = 0;
    for (let more = true; more; ) {
      const page = await store.log.read(id, after);
      for (const { seq, json } of page.entries)
        expect(JSON.parse(json)).toMatchObject({ conversationId: id, seq });
      after += page.entries.length;
      more = page.hasMore;
    }
    expect(after).toBe(head?.head);
    expect((await store.log.blocks(id)).map(({ block }) => block)).toEqual([`b${head?.head}`]);
    total += after;
  }
  const { rows } = await store.log.list();
  expect(rows.map((json) => JSON.parse(json).id)).toEqual(expect.arrayContaining([...acks.keys()]));
  await store.close();
  return total;
}

/** Dozens of processes start one after another or at once: on a machine that has much to do each takes seconds. In ms. */
const slow = 240_000;

describe("a crash", () => {
  test("loses nothing acknowledged, 30 times over", { timeout: slow }, async () => {
    const dataDir = folder();
    const all = new Map<string, number>();
    for (let round = 0; round < 30; round += 1) {
      const child = start("append", dataDir);
      await child.said("ack");
      await sleep((round * 7) % 23);
      await child.kill();
      for (const [id, seq] of acknowledged(child.lines)) all.set(id, Math.max(seq, all.get(id) ?? 0));
      await checkAll(dataDir, all);
    }
    expect([...all.keys()].sort()).toEqual(["a", "b", "c"]);
  });

  test.runIf(process.platform === "linux")(
    "of the disk's space loses nothing acknowledged, before and after",
    { timeout: slow },
    async () => {
      const dataDir = folder();
      const child = start("fill", dataDir, 200); // no file may grow past 200 KiB
      expect(await child.said("failed")).toBe("failed store-failed");
      expect(await child.said("again")).toBe("again store-failed");
      const before = acknowledged(child.lines);
      const readable = Number((await child.said("readable")).split(" ")[1]);
      expect(readable).toBeGreaterThanOrEqual(before.get("a") ?? 1);
      execFileSync("prlimit", ["--pid", String(child.pid), "--fsize=unlimited:unlimited"]);
      child.tell("go");
      await child.said("resumed");
      const enough = Math.max(...before.values()) + 60;
      await child.said(`ack a ${enough}`);
      await child.kill();
      expect(await checkAll(dataDir, acknowledged(child.lines))).toBeGreaterThan(enough);
    },
  );
});

describe("a second process", () => {
  const refusal = (pid: number, dataDir: string) =>
    expect.stringMatching(
      new RegExp(`^refused store-locked process ${pid} \\(dispatch, since 20[^)]*Z\\) uses ${dataDir}\\.`),
    );

  test("is refused, by name of the first", async () => {
    const dataDir = folder();
    const first = start("hold", dataDir);
    await first.said("open");
    await expect(open(dataDir)).rejects.toMatchObject({
      code: "store-locked",
      message: expect.stringContaining(`process ${first.pid} `),
    });
    const second = start("hold", dataDir);
    expect(await second.said("refused")).toEqual(refusal(first.pid, dataDir));
    await first.leave();
    const third = await open(dataDir);
    await third.close();
    expect(readdirSync(dataDir).sort()).toEqual(["store", "store.commits", "store.created"]);
  });

  test("is refused even when level's own lock is gone", async () => {
    const dataDir = folder();
    const store = await open(dataDir);
    readFileSync(`${dataDir}/store/LOCK`);
    await expect(open(dataDir)).rejects.toMatchObject({ code: "store-locked" });
    await expect(new Level(`${dataDir}/store`).open()).rejects.toThrow();
    const second = start("hold", dataDir);
    expect(await second.said("refused")).toEqual(refusal(process.pid, dataDir));
    await store.kv.set("ns", "still", "works");
    await store.close();
  });
});

describe("the lock of a process that was killed", () => {
  test("is taken over at once, by exactly one of ten", { timeout: slow }, async () => {
    const dataDir = folder();
    for (let round = 0; round < 2; round += 1) {
      const dead = start("hold", dataDir);
      await dead.said("open");
      await dead.kill();
      const racers = Array.from({ length: 10 }, () => start("race", dataDir));
      await Promise.all(racers.map((racer) => racer.said("ready")));
      for (const racer of racers) racer.tell("go");
      const results = await Promise.all(
        racers.map((racer) => Promise.race([racer.said("open"), racer.said("refused")]).catch(String)),
      );
      const winners = results.filter((line) => line.startsWith("open"));
      expect(winners).toHaveLength(1);
      const winner = Number(winners[0]?.split(" ")[1]);
      const others = results.filter((line) => !line.startsWith("open"));
      expect(others).toEqual(others.map(() => refusalBy(winner)));
      await Promise.all(racers.map((racer) => racer.leave()));
      expect(readdirSync(dataDir).sort()).toEqual(["store", "store.commits", "store.created"]);
    }
  });

  test("counts as gone when its number belongs to another process now, or it cannot be read", async () => {
    const dataDir = folder();
    for (const text of ["", "{", "null", JSON.stringify({ pid: 1 })]) {
      writeFileSync(`${dataDir}/store.lock`, text);
      await (await open(dataDir)).close();
    }
    const store = await open(dataDir);
    const own = JSON.parse(readFileSync(`${dataDir}/store.lock`, "utf8"));
    await store.close();
    for (const change of [{ startedAt: "1" }, { bootId: "another" }, { pid: 2 ** 22 + 1 }]) {
      writeFileSync(`${dataDir}/store.lock`, JSON.stringify({ ...own, ...change }));
      await (await open(dataDir)).close();
    }
    // A takeover that was cut by a crash is no hindrance either.
    writeFileSync(`${dataDir}/store.lock`, "");
    writeFileSync(`${dataDir}/store.lock.takeover`, JSON.stringify({ ...own, startedAt: "1" }));
    await (await open(dataDir)).close();
    expect(readdirSync(dataDir).sort()).toEqual(["store", "store.commits", "store.created"]);
    writeFileSync(`${dataDir}/store.lock`, JSON.stringify({ ...own, host: "elsewhere" }));
    await expect(open(dataDir)).rejects.toMatchObject({
      code: "store-locked",
      message: expect.stringContaining("On host elsewhere"),
    });
  });

  const refusalBy = (pid: number) => expect.stringContaining(`refused store-locked process ${pid} `);
});
