/** The port `kv`: one row per key, compare-and-set by queueing the writes of a key. */
import type { KeyValue, KeyValueEntry } from "@dispatch/kernel";
import type { Database } from "./database.ts";
import type { KeyedQueue } from "./keyed-queue.ts";
import { escapePart, keys, lastPart, rangeOf, unescapePart } from "./keys.ts";
import { decodeRow, encodeRow, joinPair, splitPair } from "./rows.ts";

function entryOf(key: string, value: string): KeyValueEntry {
  const [version, json] = splitPair(decodeRow(key, value));
  return { key: unescapePart(lastPart(key)), value: JSON.parse(json), version: Number(version) };
}

export function createKeyValue(database: Database, queue: KeyedQueue): KeyValue {
  const { level } = database;
  const find = async (row: string): Promise<KeyValueEntry | undefined> => {
    const value = await level.get(row);
    return value === undefined ? undefined : entryOf(row, value);
  };
  return {
    get: (namespace, key) => database.reading(() => find(keys.value(namespace, key))),
    async set(namespace, key, value, { ifVersion } = {}) {
      const json: string | undefined = JSON.stringify(value);
      if (json === undefined) throw new TypeError(`The value of "${key}" is not JSON.`);
      const row = keys.value(namespace, key);
      return database.writing(() =>
        queue(row, async () => {
          const version = (await find(row))?.version ?? 0;
          if (ifVersion !== undefined && ifVersion !== version) return false;
          await database.write(
            [{ type: "put", key: row, value: encodeRow(row, joinPair(version + 1, json)) }],
            true,
          );
          return true;
        }),
      );
    },
    delete(namespace, key) {
      const row = keys.value(namespace, key);
      return database.writing(() =>
        queue(row, async () => {
          if ((await level.get(row)) === undefined) return false;
          await database.write([{ type: "del", key: row }], true);
          return true;
        }),
      );
    },
    list: (namespace, { prefix = "", after, limit = 1_000 } = {}) =>
      database.reading(async () => {
        const base = keys.values(namespace);
        const range = rangeOf(base + escapePart(prefix));
        const from = after === undefined ? "" : keys.value(namespace, after);
        const start = from >= range.gte ? { gt: from } : { gte: range.gte };
        const rows = await level
          .iterator({ ...start, lt: range.lt, limit: Math.min(Math.max(1, limit), 1_000) })
          .all();
        return rows.map(([key, value]) => entryOf(key, value));
      }),
  };
}
