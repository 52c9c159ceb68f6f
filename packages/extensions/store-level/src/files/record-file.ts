/**
 * Level's format for its write-ahead logs and its MANIFEST: blocks of 32 KiB of checked pieces, a record being one or more of
 * them. Level passes over what it cannot read in a log without a word; here it is told.
 */
import { crc32c, masked } from "./crc32c.ts";

const blockSize = 32_768;
const headerSize = 7;
const [full, first, middle, last] = [1, 2, 3, 4];

export interface RecordFile {
  /** Whole records from the start on, up to the first that is not, and the offset at which each ends. */
  readonly records: readonly { readonly data: Buffer; readonly end: number }[];
  /** `torn`: ends within a record, as a crash leaves it. `damaged`: more follows behind what cannot be read. */
  readonly ending: "whole" | "torn" | "damaged";
  /** Length of the part that holds whole records. */
  readonly soundLength: number;
}

export function readRecords(file: Buffer): RecordFile {
  const records: { data: Buffer; end: number }[] = [];
  let pieces: Buffer[] = [];
  let soundLength = 0;
  let at = 0;
  const stop = (ending: RecordFile["ending"]): RecordFile => ({ records, ending, soundLength });
  while (at < file.length) {
    const blockLeft = blockSize - (at % blockSize);
    if (blockLeft < headerSize) {
      at += blockLeft; // filled with zeros
      continue;
    }
    if (file.length - at < headerSize) return stop("torn");
    const length = file.readUInt16LE(at + 4);
    const type = file.readUInt8(at + 6);
    const end = at + headerSize + length;
    if (type === 0 && length === 0) return stop(isZero(file, at) ? "torn" : "damaged");
    if (headerSize + length > blockLeft) return stop("damaged");
    if (end > file.length) return stop("torn");
    if (file.readUInt32LE(at) !== masked(crc32c(file, at + 6, end))) return stop("damaged");
    const begins = type === full || type === first;
    const goesOn = type === middle || type === last;
    if ((!begins && !goesOn) || goesOn !== pieces.length > 0) return stop("damaged");
    pieces.push(file.subarray(at + headerSize, end));
    at = end;
    if (type === first || type === middle) continue;
    records.push({ data: pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces), end });
    pieces = [];
    soundLength = end;
  }
  return stop(pieces.length > 0 ? "torn" : "whole");
}

/** A file that was made longer before a power cut took what was to stand there. */
const isZero = (file: Buffer, from: number): boolean => file.subarray(from).every((byte) => byte === 0);
