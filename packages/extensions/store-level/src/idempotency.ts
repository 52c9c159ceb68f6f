/** Remembered answers: looked up by hash, swept by an index of expiry times. Of two under one key the later expiry counts. */
import type { Database } from "./database.ts";
import { hashOf, keys, lastPart, numberOf, rangeOf } from "./keys.ts";
import { decodeRow } from "./rows.ts";

const batchSize = 500;

export const createLookup =
  (database: Database) =>
  (key: string, now: number): Promise<string | undefined> =>
    database.reading(async () => {
      const newest = { ...rangeOf(keys.idempotent(hashOf(key))), reverse: true, limit: 1 };
      const [row] = await database.level.iterator(newest).all();
      if (row === undefined || now > numberOf(lastPart(row[0]))) return undefined;
      return decodeRow(...row);
    });

/** Removes rows that expired before `now` (Unix ms), in bounded batches. */
export const createSweep =
  (database: Database) =>
  async (now: number): Promise<void> => {
    for (let more = true; more; ) {
      more = await database.writing(async () => {
        const range = { gte: keys.expiries, lt: keys.expiredBefore(now), limit: batchSize };
        const expired = await database.level.keys(range).all();
        const operations = expired.flatMap((key) => {
          const [, expiresAt = "", hash = ""] = key.split("!");
          return [key, keys.remembered(hash, numberOf(expiresAt))].map(
            (gone) => ({ type: "del", key: gone }) as const,
          );
        });
        await database.write(operations, false);
        return expired.length === batchSize;
      });
    }
  };
