/** Level's MANIFEST: which table files make up the store, and from which log on it goes on. */
import { readRecords } from "./record-file.ts";
import { createReader, type Reader } from "./varint.ts";

export interface Manifest {
  /** Size in bytes by number. */
  readonly tables: ReadonlyMap<number, number>;
  /** Logs from this number on belong to the store. */
  readonly logNumber: number;
  /** Sequence of the last write when it was written. */
  readonly lastSequence: number;
  /** It ends within an entry: a crash while it was written, or a part of it is gone. */
  readonly torn: boolean;
}

interface Draft {
  tables: Map<number, number>;
  logNumber: number;
  lastSequence: number;
}

const text = (reader: Reader): Buffer => reader.bytes(reader.number());

/** One field of an entry by its tag, as level numbers them. */
function readField(draft: Draft, entry: Reader): void {
  const tag = entry.number();
  if (tag === 1) text(entry);
  else if (tag === 2) draft.logNumber = entry.number();
  else if (tag === 3 || tag === 9) entry.number();
  else if (tag === 4) draft.lastSequence = entry.number();
  else if (tag === 5) {
    entry.number();
    text(entry);
  } else if (tag === 6) {
    entry.number();
    draft.tables.delete(entry.number());
  } else if (tag === 7) {
    entry.number();
    const number = entry.number();
    draft.tables.set(number, entry.number());
    text(entry);
    text(entry);
  } else throw new RangeError(`a field of the unknown kind ${tag}`);
}

/** Undefined: it cannot be read. */
export function readManifest(file: Buffer): Manifest | undefined {
  const { records, ending } = readRecords(file);
  if (ending === "damaged" || records.length === 0) return undefined;
  const draft: Draft = { tables: new Map(), logNumber: 0, lastSequence: 0 };
  try {
    for (const { data } of records) {
      const entry = createReader(data);
      while (entry.left > 0) readField(draft, entry);
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return { ...draft, torn: ending === "torn" };
}
