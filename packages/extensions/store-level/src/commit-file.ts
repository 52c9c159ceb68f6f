/**
 * `store.commits`: the number of the last synced write that was acknowledged, beside the store. Every synced write carries its
 * number in the store too: one that is lost there, which level itself never notices, leaves the store behind this file.
 * Two records written in turns, 32 bytes each: a power cut that tears one leaves the other. After a power cut the file
 * may be behind, which does no harm, and is never ahead, since it is written after the store was synced.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import { writeWhole } from "./whole-file.ts";

export const commitFileName = "store.commits";
const recordSize = 32;
const magic = "DSC1";

export interface CommitMark {
  readonly number: number;
  /** Id of the store that it speaks of. */
  readonly storeId: string;
}

function encode({ number, storeId }: CommitMark): Buffer {
  const record = Buffer.alloc(recordSize);
  record.write(magic, 0, "latin1");
  record.write(storeId.replaceAll("-", ""), 16, "hex");
  return setNumber(record, number);
}

function setNumber(record: Buffer, number: number): Buffer {
  record.writeUIntLE(number % 2 ** 32, 8, 4);
  record.writeUIntLE(Math.floor(number / 2 ** 32), 12, 4);
  record.writeUInt32LE(crc32(record.subarray(8)), 4);
  return record;
}

function decode(record: Buffer): CommitMark | undefined {
  if (record.length !== recordSize || record.toString("latin1", 0, 4) !== magic) return undefined;
  if (record.readUInt32LE(4) !== crc32(record.subarray(8))) return undefined;
  const id = record.toString("hex", 16);
  const storeId = [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)];
  return { number: Number(record.readBigUInt64LE(8)), storeId: storeId.join("-") };
}

/** The higher of the two records. `unreadable` when both are damaged. */
export function readCommitFile(dataDir: string): CommitMark | "absent" | "unreadable" {
  const path = `${dataDir}/${commitFileName}`;
  if (!existsSync(path)) return "absent";
  const file = readFileSync(path);
  const marks = [0, recordSize].flatMap((at) => decode(file.subarray(at, at + recordSize)) ?? []);
  return marks.sort((a, b) => b.number - a.number)[0] ?? "unreadable";
}

export interface CommitFile {
  /** The write of this number is on disk. Survives a kill of the process when it returns. */
  acknowledge(number: number): void;
  close(): void;
}

/** Writes the file anew and keeps it open. */
export function createCommitFile(dataDir: string, mark: CommitMark): CommitFile {
  const record = encode(mark);
  writeWhole(dataDir, commitFileName, Buffer.concat([record, record]));
  const file = openSync(`${dataDir}/${commitFileName}`, "r+");
  return {
    acknowledge(number) {
      writeSync(file, setNumber(record, number), 0, recordSize, (number % 2) * recordSize);
    },
    close() {
      try {
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    },
  };
}
