/** The level database behind a gate: one place for writes, for level's errors, and for what a failed write leaves behind. */
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";
import { dispatchError, isDispatchError } from "@dispatch/wire";
import type { Level } from "level";
import { createGate } from "./gate.ts";
import { createGroupCommit } from "./group-commit.ts";
import { keys } from "./keys.ts";
import { damaged, decodeRow, encodeRow } from "./rows.ts";

export type Operation =
  | { readonly type: "put"; readonly key: string; readonly value: string }
  | { readonly type: "del"; readonly key: string };

export interface Database {
  readonly level: Level;
  /** Runs a call that only reads. */
  reading<T>(work: () => Promise<T>): Promise<T>;
  /** Runs a call that writes. After a failed write it reopens the database first. */
  writing<T>(work: () => Promise<T>): Promise<T>;
  /** One atomic batch. `sync`: on disk before it resolves. Only within `writing`. */
  write(operations: readonly Operation[], sync: boolean): Promise<void>;
  /** Makes files anew without what was deleted: gives its space back. Slow; other calls go on meanwhile. */
  compact(): Promise<void>;
  /** Waits for the calls under way; later ones are refused. */
  close(): Promise<void>;
}

/** What level needs free to open again: its write buffer as a table file, and a new log. */
const reopenBytes = 8 * 1024 * 1024;

function toStoreError(error: unknown): unknown {
  if (isDispatchError(error) || !(error instanceof Error && "code" in error)) return error;
  const code = String(error.code);
  if (!code.startsWith("LEVEL_")) return error;
  if (code === "LEVEL_CORRUPTION") return damaged(`data (${error.message})`, error);
  return dispatchError("store-failed", `The store failed: ${error.message}.`, {
    cause: error,
    fix: freeSpace,
  });
}

const freeSpace = "Free disk space: writes go on by themselves then. If there is enough, restart the server.";

function probeSpace(path: string): void {
  const file = openSync(path, "w", 0o600);
  try {
    const chunk = Buffer.alloc(1024 * 1024);
    for (let written = 0; written < reopenBytes; ) written += writeSync(file, chunk);
    fsyncSync(file);
  } catch (error) {
    throw dispatchError("store-failed", "The disk takes no more data.", { cause: error, fix: freeSpace });
  } finally {
    closeSync(file);
    rmSync(path, { force: true });
  }
}

/** Number of the last synced write in the store. Undefined: none was counted yet. */
export async function readCommitNumber(level: Level): Promise<number | undefined> {
  const row = await level.get(keys.commits);
  return row === undefined
    ? undefined
    : (JSON.parse(decodeRow(keys.commits, row)) as { number: number }).number;
}

export interface CommitCounter {
  /** Number of the last one so far. */
  readonly last: number;
  /** It is on disk. */
  acknowledge(number: number): void;
}

export interface DatabaseOptions {
  /** A file that may be created beside the store, to see whether the disk takes data again. */
  readonly probeFile: string;
  /** False: no write waits for the disk, and none is counted. */
  readonly syncWrites: boolean;
  /** Counts the synced writes, in the store and beside it. */
  readonly commits: CommitCounter;
  /** After a failed write, which may be on disk or not: what was remembered of rows counts no more. */
  readonly onReopened: () => void;
  /** After the database is closed. */
  readonly onClosed: () => void;
}

export function createDatabase(level: Level, options: DatabaseOptions): Database {
  const gate = createGate();
  let failed = false;
  let commitNumber = options.commits.last;
  let acknowledged = options.commits.last;
  /** Something was written that has no number. */
  let uncounted = false;

  const reading = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await gate.pass(work);
    } catch (error) {
      throw toStoreError(error);
    }
  };

  // A write that failed half-way leaves level's log out of step: what it appends behind that may be unreadable after a
  // crash. A new log begins when the database is opened again. Reads go on until there is room for that.
  const recover = (): Promise<void> =>
    gate.alone(async () => {
      if (!failed) return;
      probeSpace(options.probeFile);
      await level.close();
      await level.open({ createIfMissing: false });
      options.onReopened();
      const reached = await readCommitNumber(level);
      if ((reached ?? 0) < acknowledged)
        throw damaged(`the synced writes from ${(reached ?? 0) + 1} to ${acknowledged}`);
      failed = false;
    });

  async function put(operations: Operation[], sync: boolean): Promise<void> {
    if (!failed) {
      try {
        await level.batch(operations, { sync });
      } catch (error) {
        failed = true;
        throw error;
      }
    }
    // Another write failed meanwhile, perhaps before this one in the log: then this one cannot be relied on.
    if (failed)
      throw dispatchError("store-failed", "The store failed in a write just before this one.", {
        fix: freeSpace,
      });
  }

  const commit = createGroupCommit(async (operations) => {
    commitNumber += 1;
    const number = commitNumber;
    operations.push({
      type: "put",
      key: keys.commits,
      value: encodeRow(keys.commits, `{"number":${number}}`),
    });
    await put(operations, true);
    options.commits.acknowledge(number);
    acknowledged = number;
  });

  // In groups too: level writes one batch at a time, and each that waits for another holds one of Node's few threads.
  const writeLoose = createGroupCommit((operations) => put(operations, false));

  return {
    level,
    reading,
    async writing(work) {
      if (failed) await recover().catch((error: unknown) => Promise.reject(toStoreError(error)));
      return reading(work);
    },
    async write(operations, sync) {
      if (operations.length === 0) return;
      if (sync && options.syncWrites) return commit(operations);
      uncounted = true;
      await writeLoose(operations);
    },
    // Keys are ASCII: this is all of them. Only the store for Node has this, and that is the one in use.
    compact: () =>
      reading(() =>
        (level as unknown as { compactRange(start: string, end: string): Promise<void> }).compactRange(
          "\0",
          "\x7f",
        ),
      ),
    close: () =>
      gate.shut(
        async () => {
          try {
            // What was not synced gets a number too: after a clean stop nothing can be lost unnoticed.
            if (uncounted && options.syncWrites && !failed) await commit([]);
          } finally {
            await level.close().finally(options.onClosed);
          }
        },
        () => dispatchError("shutting-down", "The store is closed."),
      ),
  };
}
