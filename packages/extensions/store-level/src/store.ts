/** Puts the store together: the ports `log`, `ownership` and `kv` over one level database. */
import type { KeyValue } from "@dispatch/kernel";
import type { ConversationLog, Ownership } from "@dispatch/session-orchestrator/ports";
import { createAppend } from "./append.ts";
import { createDatabase } from "./database.ts";
import { checkTable } from "./files/inspect.ts";
import { createHeads } from "./heads.ts";
import { createLookup, createSweep } from "./idempotency.ts";
import { createKeyedQueue } from "./keyed-queue.ts";
import { createKeyValue } from "./kv.ts";
import { createList } from "./list.ts";
import type { StoreSettings } from "./manifest.ts";
import { openStoreFolder, type Report } from "./open.ts";
import { createReads, readRunning } from "./read.ts";
import { createRemoval, finishDeletes } from "./remove.ts";

export interface Store {
  readonly log: ConversationLog;
  readonly ownership: Ownership;
  readonly kv: KeyValue;
  /**
   * Housekeeping: removes what expired before `now` (Unix ms), closes new files to others, and gives space back once much was
   * deleted.
   */
  sweep(now: number): Promise<void>;
  /** Checks the files that were too many for the start, and reports what is damaged. Ends early when `signal` aborts. */
  check(signal: AbortSignal): Promise<void>;
  /** Finishes what is under way, refuses the rest with `shutting-down`, frees the folder. */
  close(): Promise<void>;
}

export interface OpenStoreOptions {
  /** Unix ms. */
  readonly now: number;
  /** Told what the owner of the store should know. */
  readonly report: Report;
}

/**
 * Opens or creates the store in `settings.dataDir`.
 * @throws `store-locked`, `store-newer`, `store-damaged` or `store-failed`.
 */
export async function openStore(settings: StoreSettings, { now, report }: OpenStoreOptions): Promise<Store> {
  const { dataDir, syncWrites, hotConversations, compactAfterRows } = settings;
  const opened = await openStoreFolder(dataDir, { ...settings, now, report });
  const heads = createHeads(opened.level, hotConversations);
  const database = createDatabase(opened.level, {
    probeFile: `${dataDir}/store.probe`,
    syncWrites,
    commits: { last: opened.commits, acknowledge: opened.commitFile.acknowledge },
    onReopened: heads.forgetAll,
    onClosed() {
      opened.tighten();
      opened.release();
    },
  });
  try {
    await finishDeletes(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  const parts = { database, heads, queue: createKeyedQueue() };
  const removeExpired = createSweep(database);
  let removed = 0;
  const { takeRemoved, ...removal } = createRemoval(parts);
  return {
    log: {
      append: createAppend(parts),
      ...createReads(parts),
      list: createList(database),
      running: () => database.reading(() => readRunning(opened.level)),
      idempotent: createLookup(database),
      ...removal,
    },
    ownership: { claim: () => database.reading(async () => opened.fence) },
    kv: createKeyValue(database, createKeyedQueue()),
    async sweep(before) {
      opened.tighten();
      await removeExpired(before);
      removed += takeRemoved();
      if (removed === 0 || removed < compactAfterRows) return;
      removed = 0;
      await database.compact();
    },
    async check(signal) {
      for (const path of opened.unchecked) {
        if (signal.aborted) return;
        const wrong = await checkTable(path);
        if (wrong !== undefined)
          report("error", `The store is damaged: ${path}: ${wrong}. Restart to see what can be done.`);
      }
    },
    close: database.close,
  };
}
