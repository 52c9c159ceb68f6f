/**
 * The store under damage: each kind of file truncated, with a bit turned over, or deleted, held against what another process
 * heard acknowledged. `DAMAGE_SEEDS=20` runs all of it and prints the table; by default a part of it runs.
 */
import { appendFileSync, cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { Level } from "level";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keys, rangeOf } from "./keys.ts";
import { openStore } from "./store.ts";
import {
  type Acknowledged,
  createRoll,
  damage,
  damages,
  kinds,
  outcomeOf,
  rescued,
  testSettings,
} from "./testing/damage-store.ts";
import { noise } from "./testing/noise.ts";
import { buildChildren, type Children } from "./testing/start-child.ts";

const seeds = Number(process.env.DAMAGE_SEEDS ?? 3);
const base = mkdtempSync(join(tmpdir(), "store-level-"));
let children: Children;

interface Written {
  readonly dataDir: string;
  readonly acknowledged: Acknowledged;
}
const stores: Written[] = [];

/** A store of a few table files and a log, killed or stopped at some time behind that. */
async function write(how: "kill" | "leave", records: number): Promise<Written> {
  const dataDir = mkdtempSync(join(base, "written-"));
  const child = children.start("grow", dataDir);
  await child.said(`ack a ${records} `);
  await child[how]();
  const acknowledged = new Map<string, number>();
  for (const line of child.lines) {
    const [word, id = "", seq, safe] = line.split(" ");
    // What was only kept survives a kill, not a damage of the newest bytes: to the disk they are all the same.
    if (word === "ack" && (how === "leave" || safe === "synced")) acknowledged.set(id, Number(seq));
  }
  return { dataDir, acknowledged };
}

beforeAll(async () => {
  children = await buildChildren(build);
  stores.push(
    await write("kill", 400),
    await write("leave", 300),
    await write("kill", 720),
    await write("kill", 100),
  );
}, 60_000);
afterAll(() => {
  children.end();
  rmSync(base, { recursive: true, force: true });
});

/** A copy to damage. */
function copyOf(seed: number): Written {
  const { dataDir, acknowledged } = stores[seed % stores.length] as Written;
  const copy = mkdtempSync(join(base, "case-"));
  cpSync(dataDir, copy, { recursive: true });
  return { dataDir: copy, acknowledged };
}

const table: string[] = [];
afterAll(() => {
  if (process.env.DAMAGE_SEEDS) process.stdout.write(`${table.join("\n")}\n`);
});

describe("never loses without a word", () => {
  const cases = (Object.keys(kinds) as (keyof typeof kinds)[]).flatMap((kind) =>
    damages.map((how) => [kind, how] as const),
  );
  test.each(cases)("%s %s", { timeout: 30_000 + seeds * 5_000 }, async (kind, how) => {
    const counts = { whole: 0, refused: 0, said: 0, SILENT: 0, rescued: 0 };
    const silent: string[] = [];
    let least = 1;
    for (let seed = 0; seed < seeds; seed += 1) {
      const { dataDir, acknowledged } = copyOf(seed);
      const what = damage(dataDir, kind, how, createRoll(seed + 1));
      if (what === undefined) continue; // a store that was stopped has no lock
      const tables = readdirSync(`${dataDir}/store`).filter((name) => name.endsWith(".ldb"));
      const { kind: outcome, detail } = await outcomeOf(dataDir, acknowledged);
      counts[outcome] += 1;
      if (outcome === "SILENT") silent.push(`seed ${seed}: ${what}: ${detail}`);
      if (outcome === "refused" || outcome === "said") {
        // Whatever can still be read is still there.
        expect(readdirSync(`${dataDir}/store`), what).toEqual(expect.arrayContaining(tables));
        const { left, said } = await rescued(dataDir, acknowledged);
        expect(said, what).toContain("The store was damaged");
        const all = [...acknowledged.values()].reduce((sum, seq) => sum + seq, 0);
        least = Math.min(least, left / all);
        counts.rescued += 1;
      }
      rmSync(dataDir, { recursive: true, force: true });
    }
    const { whole, refused, said, SILENT, rescued: back } = counts;
    table.push(
      `${kind.padEnd(14)} ${how.padEnd(10)} whole ${whole}, refused ${refused}, said on reading ${said}, silent ${SILENT}` +
        (back > 0 ? `; rescued ${back}, at least ${(least * 100).toFixed(0)} % of the records` : ""),
    );
    expect(silent).toEqual([]);
  });
});

test("a kill in the middle of much writing is no damage", { timeout: 30_000 + seeds * 5_000 }, async () => {
  const dataDir = mkdtempSync(join(base, "killed-"));
  const roll = createRoll(7);
  const acknowledged = new Map<string, number>();
  for (let round = 0; round < seeds; round += 1) {
    const child = children.start("grow", dataDir);
    await child.said("ack");
    await sleep(roll(700));
    await child.kill();
    for (const line of child.lines) {
      const [word, id = "", seq] = line.split(" ");
      if (word === "ack") acknowledged.set(id, Number(seq));
    }
    expect(await outcomeOf(dataDir, acknowledged)).toEqual({ kind: "whole", detail: "" });
  }
});

test("what a power cut leaves behind the last synced write is no damage", async () => {
  for (const tail of [Buffer.alloc(40_000), Buffer.from(noise("garbage", 40_000)), Buffer.from("x")]) {
    const { dataDir, acknowledged } = copyOf(2);
    const log = readdirSync(`${dataDir}/store`).find((name) => name.endsWith(".log"));
    appendFileSync(`${dataDir}/store/${log}`, tail);
    expect(await outcomeOf(dataDir, acknowledged)).toEqual({ kind: "whole", detail: "" });
  }
});

test("tables beyond what the start checks are checked while the store is used", async () => {
  const { dataDir, acknowledged } = copyOf(0);
  const what = damage(dataDir, "table", "flipped", createRoll(3));
  const said: string[] = [];
  const report = (level: string, sentence: string): void => void said.push(`${level}: ${sentence}`);
  const store = await openStore({ ...testSettings, dataDir, checkBytes: 0 }, { now: 0, report });
  await store.check(AbortSignal.abort());
  expect(said).toEqual([]);
  await store.check(new AbortController().signal);
  await store.close();
  expect(said, what).toEqual([
    expect.stringMatching(/^error: The store is damaged: .*ldb: the block at byte/),
  ]);
  expect(await outcomeOf(dataDir, acknowledged)).toMatchObject({ kind: "refused" });
});

test("says how many synced writes are gone, and how to go on; says it once", async () => {
  const { dataDir, acknowledged } = copyOf(1);
  damage(dataDir, "log", "deleted", createRoll(1));
  const open = (acceptLoss: boolean, report: (level: string, sentence: string) => void) =>
    openStore({ ...testSettings, dataDir, acceptLoss }, { now: 0, report });
  for (let time = 0; time < 2; time += 1) {
    await expect(open(false, () => undefined)).rejects.toMatchObject({
      code: "store-damaged",
      message: expect.stringMatching(/the last \d+ of \d+ synced writes are gone\.$/),
      details: { fix: expect.stringContaining('"acceptLoss":true') },
    });
  }
  const said: string[] = [];
  const report = (_: string, sentence: string): void => void said.push(sentence);
  const first = await open(true, report);
  // The log that is gone may have been begun just before: not every conversation has something in it.
  const heads = await Promise.all(
    [...acknowledged].map(async ([id, seq]) => ({ ...(await first.log.head(id)), seq })),
  );
  const behind = heads.filter(({ head = 0, seq }) => head < seq);
  expect(behind).not.toEqual([]);
  for (const { epoch } of behind) expect(epoch).not.toBe("e1");
  await first.close();
  expect(said).toHaveLength(1);
  expect(readdirSync(dataDir)).toContain("store.damaged-1970-01-01");
  await (await open(true, report)).close();
  await (await open(false, report)).close();
  expect(said).toHaveLength(1);
});

test("a damaged list row or state row is made up for, a lost header is said", async () => {
  const { dataDir, acknowledged } = copyOf(1);
  const level = new Level(`${dataDir}/store`);
  const [row = ""] = await level.keys(rangeOf(keys.lists)).all();
  const id = row.slice(-1);
  const change = async (key: string) =>
    level.put(key, ((await level.get(key)) ?? "").replace("head", "hexd"));
  await change(row);
  await change(keys.state(id));
  await level.close();
  const store = await openStore({ ...testSettings, dataDir }, { now: 0, report: () => undefined });
  expect((await store.log.list()).rows[0]).toBe(JSON.stringify({ id, head: acknowledged.get(id) }));
  const head = await store.log.head(id);
  expect(head?.head).toBe(acknowledged.get(id));
  expect(head?.state).toBeUndefined();
  await store.close();
  await level.open();
  await level.del(keys.header(id));
  await level.close();
  const again = await openStore({ ...testSettings, dataDir }, { now: 0, report: () => undefined });
  const said = {
    code: "store-damaged",
    message: `The store has lost or damaged the header of conversation ${id}.`,
  };
  await expect(again.log.head(id)).rejects.toMatchObject(said);
  await expect(again.log.read(id, 0)).rejects.toMatchObject(said);
  const fresh = { conversationId: id, fence: 1_000, expectedHead: 0, epoch: "e3", sync: true };
  await expect(again.log.append({ ...fresh, entries: [{ seq: 1, json: "{}" }] })).rejects.toMatchObject(said);
  await again.close();
});
