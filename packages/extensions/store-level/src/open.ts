/** Opens the data folder: lock, folder, marker, format. Every state that is not a sound store is refused with its reason. */
import { randomUUID } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dispatchError } from "@dispatch/wire";
import { Level } from "level";
import { keys } from "./keys.ts";
import { acquireLock } from "./lock.ts";
import { damaged, decodeRow, encodeRow } from "./rows.ts";

/** Format this version reads and writes. Rows and fields may be added without a new one. */
export const formatVersion = 1;

export interface OpenedStore {
  readonly level: Level;
  /** Above that of every earlier opening. */
  readonly fence: number;
  /** Makes level's files readable for the owner only; level creates new ones as it goes. */
  tighten(): void;
  /** After level is closed. */
  release(): void;
}

const levelFiles = /\.(ldb|sst|log)$/;

function levelFailure(error: unknown, folder: string): Error {
  const cause =
    (error as Error).cause instanceof Error
      ? ((error as Error).cause as Error & { code?: string })
      : undefined;
  const reason = cause?.message ?? String(error);
  if (cause?.code === "LEVEL_LOCKED")
    return dispatchError("store-locked", `Another process uses ${folder}.`, { cause: error });
  if (cause?.code === "LEVEL_CORRUPTION" || /does not exist|No such file/.test(reason))
    return damaged(`data in ${folder} (${reason})`, error);
  return dispatchError("store-failed", `The store in ${folder} cannot be opened: ${reason}.`, {
    cause: error,
  });
}

/** Writes a small file so that it is whole or absent, on disk before this returns. */
function writeWhole(folder: string, name: string, text: string): void {
  const path = `${folder}/${name}`;
  writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
  const directory = openSync(folder, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

async function rowOf(level: Level, key: string): Promise<unknown> {
  const value = await level.get(key);
  return value === undefined ? undefined : JSON.parse(decodeRow(key, value));
}

/** Checks the format row, or writes the first rows of a new store; gives the id of the store. */
async function identify(level: Level, folder: string): Promise<string> {
  const format = (await rowOf(level, keys.format)) as { version: number } | undefined;
  if (format === undefined) {
    if ((await level.keys({ limit: 1 }).all()).length > 0) throw damaged(`the format row in ${folder}`);
    const id = randomUUID();
    const rows = [
      [keys.format, { version: formatVersion }],
      [keys.store, { id }],
    ] as const;
    await level.batch(
      rows.map(([key, value]) => ({ type: "put", key, value: encodeRow(key, JSON.stringify(value)) })),
      { sync: true },
    );
    return id;
  }
  if (format.version > formatVersion) {
    throw dispatchError(
      "store-newer",
      `${folder} has format ${format.version}; this version reads up to ${formatVersion}.`,
    );
  }
  const store = (await rowOf(level, keys.store)) as { id: string } | undefined;
  if (store === undefined) throw damaged(`the id of the store in ${folder}`);
  return store.id;
}

async function nextFence(level: Level): Promise<number> {
  const last = (await rowOf(level, keys.fence)) as { fence: number } | undefined;
  const fence = (last?.fence ?? 0) + 1;
  await level.put(keys.fence, encodeRow(keys.fence, JSON.stringify({ fence })), { sync: true });
  return fence;
}

async function openLevel(dataDir: string, folder: string): Promise<{ level: Level; fence: number }> {
  const marker = `${dataDir}/store.created`;
  const created = existsSync(marker);
  const files = existsSync(folder) ? readdirSync(folder) : [];
  // Level would start an empty store over one that has lost its CURRENT.
  if (!files.includes("CURRENT") && (created || files.some((name) => levelFiles.test(name)))) {
    throw damaged(`${folder}/CURRENT, without which nothing in it can be read`);
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const level = new Level(folder, { createIfMissing: !created });
  try {
    await level.open();
  } catch (error) {
    throw levelFailure(error, folder);
  }
  try {
    const id = await identify(level, folder);
    if (!created) writeWhole(dataDir, "store.created", `${JSON.stringify({ id })}\n`);
    else if (!readFileSync(marker, "utf8").includes(id))
      throw damaged(`the data that ${marker} speaks of: ${folder} is another store`);
    return { level, fence: await nextFence(level) };
  } catch (error) {
    await level.close();
    throw error;
  }
}

/**
 * Opens the store of `dataDir`, creating both when there was none yet.
 * @param now Unix ms, told to whoever is refused.
 * @throws `store-locked`, `store-newer`, `store-damaged` or `store-failed`, saying what was found.
 */
export async function openStoreFolder(dataDir: string, now: number): Promise<OpenedStore> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const folder = `${dataDir}/store`;
  const lock = await acquireLock(dataDir, now);
  try {
    const { level, fence } = await openLevel(dataDir, folder);
    if (!lock.held()) {
      await level.close();
      throw dispatchError("store-locked", `Another process uses ${dataDir}.`);
    }
    const tighten = (): void => {
      for (const name of readdirSync(folder)) {
        try {
          chmodSync(`${folder}/${name}`, 0o600);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error; // level removed it meanwhile
        }
      }
    };
    tighten();
    return { level, fence, tighten, release: () => lock.release() };
  } catch (error) {
    lock.release();
    throw error;
  }
}
