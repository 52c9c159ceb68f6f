import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { Level } from "level";
import { afterAll, beforeAll, expect, test } from "vitest";
import { crc32c } from "./crc32c.ts";
import { readManifest } from "./manifest-file.ts";
import { readRecords } from "./record-file.ts";
import { damageOfTable } from "./table-file.ts";

/** What level itself wrote: some tables, a log, a MANIFEST. */
const folder = mkdtempSync(join(tmpdir(), "store-files-"));
const read = (kind: RegExp): Buffer[] =>
  readdirSync(folder)
    .sort()
    .filter((name) => kind.test(name))
    .map((name) => readFileSync(join(folder, name)));
const manifest = () => readManifest(read(/^MANIFEST/)[0] as Buffer);
/** The newest: what was written last stands in it. */
const newestLog = (): Buffer => read(/\.log$/).at(-1) ?? Buffer.alloc(0);
/** Those that belong to the store: closing may leave half a table of a compaction behind. */
const tables = (): Buffer[] =>
  [...(manifest()?.tables.keys() ?? [])].map((number) =>
    readFileSync(join(folder, `${String(number).padStart(6, "0")}.ldb`)),
  );

beforeAll(async () => {
  const level = new Level(folder, { writeBufferSize: 200_000 });
  for (let i = 0; i < 400; i += 1) {
    const value = i % 7 === 0 ? "y".repeat(40_000) : Math.sin(i).toString(36).repeat(i);
    await level.batch([
      { type: "put", key: `key ${i % 300}`, value },
      { type: "del", key: `key ${i % 13}` },
    ]);
  }
  await level.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const flipped = (file: Buffer, bit: number): Buffer => {
  const copy = Buffer.from(file);
  const at = Math.floor(bit / 8) % file.length;
  copy.writeUInt8(copy.readUInt8(at) ^ (1 << (bit % 8)), at);
  return copy;
};
/** Any bit of any of the files. */
const bits = fc.nat(2 ** 31 - 1);

test("the checksum is CRC-32C", () => {
  expect(crc32c(Buffer.from("_123456789_"), 1, 10)).toBe(0xe3069283);
});

test("what level wrote is sound, and every record of it is seen", () => {
  expect(tables().length).toBeGreaterThan(1);
  for (const table of tables()) expect(damageOfTable(table)).toBeUndefined();
  expect(manifest()?.torn).toBe(false);
  expect(tables().map(({ length }) => length)).toEqual([...(manifest()?.tables.values() ?? [])]);
  const log = newestLog();
  const { records, ending } = readRecords(log);
  expect(ending).toBe("whole");
  const last = records.at(-1)?.data.readBigUInt64LE() ?? 0n;
  expect(last).toBe(799n); // two writes a batch, counted from 1
});

test("no bit of a table turns over unseen", () => {
  const all = tables();
  const property = fc.property(fc.nat(all.length - 1), bits, (which, bit) => {
    const table = all[which] as Buffer;
    const at = Math.floor(bit / 8) % table.length;
    // The places in the footer are followed by padding up to its magic number: nobody reads it.
    fc.pre(at < table.length - 48 || at >= table.length - 8);
    expect(damageOfTable(flipped(table, bit))).toBeDefined();
  });
  fc.assert(property, { numRuns: 500 });
});

test("a table that is cut anywhere is damaged", () => {
  const [table = Buffer.alloc(0)] = tables();
  fc.assert(
    fc.property(fc.nat(table.length - 1), (length) => {
      expect(damageOfTable(table.subarray(0, length))).toBeDefined();
    }),
  );
});

test("records before a damaged one are read, none behind it", () => {
  const log = newestLog();
  const whole = readRecords(log);
  fc.assert(
    fc.property(bits, (bit) => {
      const { records, ending, soundLength } = readRecords(flipped(log, bit));
      const at = Math.floor(bit / 8) % log.length;
      if (ending === "whole")
        expect(log.readUInt8(at)).toBe(0); // the filling at the end of a block
      else expect(soundLength).toBeLessThanOrEqual(at);
      records.forEach(({ data, end }, i) => {
        expect(end).toBe(whole.records[i]?.end);
        expect(data.equals(whole.records[i]?.data ?? Buffer.alloc(0))).toBe(true);
      });
    }),
    { numRuns: 300 },
  );
});

test("a log that is cut is torn, unless between two records", () => {
  const log = newestLog();
  const ends = new Set(readRecords(log).records.map(({ end }) => end));
  fc.assert(
    fc.property(fc.nat(log.length - 1), (length) => {
      const { ending, soundLength } = readRecords(log.subarray(0, length));
      if (ending === "whole") expect(length === 0 || ends.has(soundLength)).toBe(true);
      else expect(ending).toBe("torn");
      expect(soundLength).toBeLessThanOrEqual(length);
    }),
  );
  expect(readRecords(Buffer.concat([log, Buffer.alloc(5_000)])).ending).toBe("torn");
});

test("a MANIFEST with a wrong bit cannot be read, or is torn", () => {
  const [file = Buffer.alloc(0)] = read(/^MANIFEST/);
  fc.assert(
    fc.property(bits, (bit) => {
      expect(readManifest(flipped(file, bit))?.torn ?? true).toBe(true);
    }),
    { numRuns: 300 },
  );
});
