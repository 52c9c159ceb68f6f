import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeEach, expect, test } from "vitest";
import { createCommitFile, readCommitFile } from "./commit-file.ts";

const dataDir = mkdtempSync(join(tmpdir(), "store-commits-"));
const path = join(dataDir, "store.commits");
const storeId = "d9dab7f6-c0d9-4db3-9cfb-cca36e406f0f";
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
beforeEach(() => rmSync(path, { force: true }));

test("gives the number of the last acknowledgement, and the store it is of", () => {
  expect(readCommitFile(dataDir)).toBe("absent");
  const file = createCommitFile(dataDir, { number: 4, storeId });
  expect(readCommitFile(dataDir)).toEqual({ number: 4, storeId });
  for (const number of [5, 6, 7, 2 ** 40]) {
    file.acknowledge(number);
    expect(readCommitFile(dataDir)).toEqual({ number, storeId });
  }
  file.close();
  expect(statSync(path)).toMatchObject({ size: 64 });
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("one record torn or damaged leaves the other, never a number that was not acknowledged", () => {
  const file = createCommitFile(dataDir, { number: 9, storeId });
  file.acknowledge(10);
  file.acknowledge(11);
  file.close();
  const whole = readFileSync(path);
  fc.assert(
    fc.property(fc.nat(511), (bit) => {
      const copy = Buffer.from(whole);
      copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      writeFileSync(path, copy);
      expect(readCommitFile(dataDir)).toEqual({ number: bit < 256 ? 11 : 10, storeId });
    }),
  );
  writeFileSync(path, whole.subarray(0, 31));
  expect(readCommitFile(dataDir)).toBe("unreadable");
});
