/**
 * Makes a sound store of what could be read of a damaged one: rows that do not match their checksum go, a record that is
 * missing between others is replaced by a notice, and every conversation begins a new epoch, so that no viewer takes what
 * it holds for what is there.
 */
import { randomBytes } from "node:crypto";
import { isDispatchError } from "@dispatch/wire";
import type { Level } from "level";
import type { Operation } from "./database.ts";
import { keys, type ListPlace, lastPart, numberOf, rangeOf, unescapePart } from "./keys.ts";
import { decodeRow, describe, encodeRow } from "./rows.ts";
import { createFound, type Found, mend } from "./salvage-conversation.ts";

const batchSize = 500;
const put = (key: string, text: string): Operation => ({ type: "put", key, value: encodeRow(key, text) });
const idOf = (key: string): string => unescapePart(lastPart(key));

/** Where conversations stand in the list, by the keys alone. */
async function listPlaces(level: Level): Promise<Map<string, ListPlace>> {
  const places = new Map<string, ListPlace>();
  for await (const key of level.keys(rangeOf(keys.lists))) {
    const [, closed, order = ""] = key.split("!");
    places.set(idOf(key), { closed: closed === "1", order: Number.MAX_SAFE_INTEGER - numberOf(order) });
  }
  return places;
}

/** Undefined: damaged; the caller names it. */
function textOf(key: string, value: string): string | undefined {
  try {
    return decodeRow(key, value);
  } catch (error) {
    if (isDispatchError(error)) return undefined;
    throw error;
  }
}

function createWriter(level: Level) {
  let operations: Operation[] = [];
  const flush = async (): Promise<void> => {
    if (operations.length > 0) await level.batch(operations);
    operations = [];
  };
  return {
    async add(more: Iterable<Operation>): Promise<void> {
      for (const operation of more) operations.push(operation);
      if (operations.length >= batchSize) await flush();
    },
    flush,
  };
}

/**
 * Goes through every row. Gives what is lost, a phrase each.
 * @param now Unix ms, the time of notices.
 */
export async function salvage(level: Level, now: number): Promise<string[]> {
  const lost: string[] = [];
  const places = await listPlaces(level);
  const deleting = new Set((await level.keys(rangeOf(keys.deletes)).all()).map(idOf));
  /** By id, the row that belongs to it. */
  const listed = new Map<string, string | undefined>();
  const writer = createWriter(level);
  let fence = 0;

  let found: Found | undefined;
  async function finish(): Promise<void> {
    if (found === undefined) return;
    const { id } = found;
    const epoch = randomBytes(5).toString("hex");
    const mended = mend(found, { place: places.get(id), epoch, now });
    found = undefined;
    lost.push(...mended.lost);
    listed.set(id, mended.list && keys.listed(id, mended.list));
    fence = Math.max(fence, mended.fence);
    await writer.add(mended.operations);
  }

  async function check(key: string, text: string | undefined): Promise<void> {
    if (key.startsWith(keys.lists)) {
      const id = idOf(key);
      if (!listed.has(id)) lost.push(`all of conversation ${id}`);
      if (text !== undefined && listed.get(id) === key) return;
    } else if (text !== undefined) return;
    else lost.push(describe(key));
    await writer.add([{ type: "del", key }]);
  }

  // What is written here is not seen by this iterator: it reads a snapshot.
  for await (const [key, value] of level.iterator({ highWaterMarkBytes: 1024 * 1024 })) {
    const text = textOf(key, value);
    const [kind, first = ""] = key.split("!");
    const id = kind === "c" ? unescapePart(first) : undefined;
    if (found && found.id !== id) await finish();
    if (id === undefined) await check(key, text);
    else if (!deleting.has(id)) {
      found ??= createFound(id);
      found.add(key, text);
    }
  }
  await finish();
  await writer.flush();
  await restoreList(level, listed, lost);
  if ((await level.get(keys.fence)) === undefined)
    await level.put(keys.fence, encodeRow(keys.fence, JSON.stringify({ fence })));
  return lost;
}

/** Writes list rows that are gone, from their copies. */
async function restoreList(
  level: Level,
  listed: ReadonlyMap<string, string | undefined>,
  lost: string[],
): Promise<void> {
  for (const [id, key] of listed) {
    if (key === undefined || (await level.get(key)) !== undefined) continue;
    const copy = await level.get(keys.listCopy(id));
    if (copy === undefined) lost.push(describe(key));
    else await level.batch([put(key, decodeRow(keys.listCopy(id), copy))]);
  }
}
