/** The write-ahead logs of a store in a row: batches count on from one to the next, so that a hole between two is seen. */
import { readRecords } from "./record-file.ts";

export interface LogsRead {
  /** Length of the part of each log which is whole and follows on; logs behind a fault are left out. */
  readonly sound: ReadonlyMap<string, number>;
  /** What is wrong, as a phrase. */
  readonly fault?: string | undefined;
  /** The fault is none that a crash of the process leaves. */
  readonly certain: boolean;
}

/**
 * @param logs In the order they were written.
 * @param lastSequence Of the MANIFEST: the first batch may lie before it, not leave a gap behind it.
 */
export function readLogs(
  logs: readonly { readonly name: string; readonly content: Buffer }[],
  lastSequence: number,
): LogsRead {
  const sound = new Map<string, number>();
  let next: number | undefined;
  let fault: string | undefined;
  for (const { name, content } of logs) {
    const { records, ending, soundLength } = readRecords(content);
    let good = 0;
    for (const { data, end } of records) {
      if (data.length < 12) return { sound, fault: `${name} has a batch that is none`, certain: true };
      const sequence = Number(data.readBigUInt64LE());
      const follows = next === undefined ? sequence <= lastSequence + 1 : sequence === next;
      if (!follows) {
        return { sound: sound.set(name, good), fault: `writes before ${name} are missing`, certain: true };
      }
      next = sequence + data.readUInt32LE(8);
      good = end;
    }
    sound.set(name, soundLength);
    if (ending === "damaged")
      return { sound, fault: `${name} is damaged at byte ${soundLength}`, certain: true };
    // What was being written when a crash came; a later log shows whether it counted.
    if (ending === "torn") fault = `${name} ends within a write`;
  }
  return { sound, fault, certain: false };
}
