/** The conversation list of the log in memory: sorts all rows at every call, with the same cursor rules as a real index. */
import { dispatchError } from "@dispatch/wire";
import type { ListOptions } from "../ports/log.ts";
import type { StoredConversation } from "./memory-log.ts";

const scanLimit = 10_000;

interface Place {
  readonly order: number;
  readonly id: string;
}

function placeOf(cursor: string): Place {
  const [, order, id] = /^(\d{1,16})~([A-Za-z0-9_-]+)$/.exec(cursor) ?? [];
  if (order === undefined || id === undefined)
    throw dispatchError("invalid-request", "The list cursor is none that was given out.");
  return { order: Number(order), id };
}

/** Negative when a comes first: newest first, then by id. */
const compare = (a: Place, b: Place): number => b.order - a.order || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** One page; `nextCursor` when more may follow. */
export function listInMemory(
  conversations: ReadonlyMap<string, StoredConversation>,
  { statuses = ["active", "idle"], prefix = "", limit = 100, cursor, keep = () => true }: ListOptions = {},
): { rows: string[]; nextCursor?: string } {
  const after = cursor === undefined ? undefined : placeOf(cursor);
  const sorted = [...conversations]
    .flatMap(([id, { row }]) => (row ? [{ id, ...row }] : []))
    .sort(compare)
    .filter((row) => after === undefined || compare(after, row) < 0);
  const rows: string[] = [];
  for (const [index, row] of sorted.entries()) {
    const wanted = statuses.includes(row.status) && row.id.startsWith(prefix) && keep(row.json);
    if (wanted) rows.push(row.json);
    if (rows.length < Math.min(Math.max(1, limit), 1_000) && index + 1 < scanLimit) continue;
    return index + 1 < sorted.length ? { rows, nextCursor: `${row.order}~${row.id}` } : { rows };
  }
  return { rows };
}
