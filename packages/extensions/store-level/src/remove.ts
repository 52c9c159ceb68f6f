/** Trim and delete, in bounded batches that a crash may part: what is left half done is finished later. */
import type { ConversationLog } from "@dispatch/session-orchestrator/ports";
import type { Database, Operation } from "./database.ts";
import { encodeHeader } from "./heads.ts";
import { keys, lastPart, rangeOf } from "./keys.ts";
import type { Parts } from "./parts.ts";
import { encodeRow } from "./rows.ts";

const batchSize = 1_000;
const del = (key: string): Operation => ({ type: "del", key });

/** Gives how many there were. */
async function removeRows(database: Database, id: string): Promise<number> {
  let count = 0;
  for (;;) {
    const found = await database.level.keys({ ...rangeOf(keys.conversation(id)), limit: batchSize }).all();
    if (found.length === 0) break;
    await database.write(found.map(del), false);
    count += found.length;
  }
  await database.write([del(keys.deleting(id))], false);
  return count;
}

/** Goes on with a delete that a crash or a failed write has cut. Within `writing`, before the id is used again. */
export async function finishDelete(database: Database, id: string): Promise<void> {
  if ((await database.level.get(keys.deleting(id))) !== undefined) await removeRows(database, id);
}

/** As `finishDelete`, for all of them. Before anything else uses the store. */
export async function finishDeletes(database: Database): Promise<void> {
  for (const key of await database.level.keys(rangeOf(keys.deletes)).all()) {
    await database.writing(() => removeRows(database, lastPart(key)));
  }
}

export interface Removal extends Pick<ConversationLog, "trim" | "delete"> {
  /** Rows removed whose space was not given back yet; from now on they count as given back. */
  takeRemoved(): number;
}

export function createRemoval({ database, heads, queue }: Parts): Removal {
  let removed = 0;
  return {
    takeRemoved() {
      const count = removed;
      removed = 0;
      return count;
    },
    trim: (id, before) =>
      database.writing(() =>
        queue(id, async () => {
          const known = await heads.get(id);
          if (!known) return;
          const goal = Math.min(before, known.header.head);
          let { header } = known;
          while (header.firstSeq < goal) {
            const from = header.firstSeq;
            header = { ...header, firstSeq: Math.min(goal, from + batchSize) };
            const gone = Array.from({ length: header.firstSeq - from }, (_, i) =>
              del(keys.record(id, from + i)),
            );
            const row: Operation = { type: "put", key: keys.header(id), value: encodeHeader(id, header) };
            await database.write([...gone, row], false);
            removed += gone.length;
            heads.set(id, { ...known, header });
          }
        }),
      ),
    delete: (id) =>
      database.writing(() =>
        queue(id, async () => {
          const known = await heads.get(id);
          if (!known) return finishDelete(database, id);
          // One synced write makes it gone for every reader, and sure to go; its rows follow in pieces.
          const { list } = known.header;
          heads.forget(id);
          await database.write(
            [
              { type: "put", key: keys.deleting(id), value: encodeRow(keys.deleting(id), "") },
              del(keys.header(id)),
              del(keys.running(id)),
              ...(list ? [del(keys.listed(id, list))] : []),
            ],
            true,
          );
          heads.forget(id);
          removed += await removeRows(database, id);
        }),
      ),
  };
}
