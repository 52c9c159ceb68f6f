/** Which format a store has, and which store it is. */
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dispatchError, isDispatchError } from "@dispatch/wire";
import type { Level } from "level";
import { keys } from "./keys.ts";
import { damaged, decodeRow, encodeRow } from "./rows.ts";

/** Format this version reads and writes. Rows and fields may be added without a new one. */
export const formatVersion = 1;

async function rowOf(level: Level, key: string): Promise<unknown> {
  const value = await level.get(key);
  return value === undefined ? undefined : JSON.parse(decodeRow(key, value));
}

/**
 * Undefined: no format row, or, when `lenient`, none that can be read.
 * @throws `store-newer`
 */
export async function readFormat(level: Level, folder: string, lenient = false): Promise<number | undefined> {
  const row = await rowOf(level, keys.format).catch((error: unknown) => {
    if (lenient && isDispatchError(error)) return undefined;
    throw error;
  });
  const version = (row as { version: number } | undefined)?.version;
  if (version !== undefined && version > formatVersion) {
    throw dispatchError(
      "store-newer",
      `${folder} has format ${version}; this version reads up to ${formatVersion}.`,
    );
  }
  return version;
}

/**
 * Checks the format; gives the id of the store.
 * @param created False: it may be new, and gets its first rows then. True: an empty one has lost everything, `undefined`.
 */
export async function identify(level: Level, folder: string, created: boolean): Promise<string | undefined> {
  const version = await readFormat(level, folder);
  if (version === undefined) {
    if (created && (await level.keys({ limit: 1 }).all()).length === 0) return undefined;
    if ((await level.keys({ limit: 1 }).all()).length > 0) throw damaged(`the format row in ${folder}`);
    return writeIdentity(level, randomUUID());
  }
  const store = (await rowOf(level, keys.store)) as { id: string } | undefined;
  if (store === undefined) throw damaged(`the id of the store in ${folder}`);
  return store.id;
}

/** The rows that make a level database a store. Gives the id. */
export async function writeIdentity(level: Level, id: string): Promise<string> {
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

/** The id that `store.created` holds. */
export function readMarker(dataDir: string): { readonly id: string } | "absent" | "unreadable" {
  const path = `${dataDir}/store.created`;
  if (!existsSync(path)) return "absent";
  const id = /^\{"id":"([0-9a-f-]{36})"\}\n$/.exec(readFileSync(path, "utf8"))?.[1];
  return id === undefined ? "unreadable" : { id };
}

export async function nextFence(level: Level): Promise<number> {
  const last = (await rowOf(level, keys.fence)) as { fence: number } | undefined;
  const fence = (last?.fence ?? 0) + 1;
  await level.put(keys.fence, encodeRow(keys.fence, JSON.stringify({ fence })), { sync: true });
  return fence;
}
