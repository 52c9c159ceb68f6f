/** The conversation list: a covering index, newest first; a page is one or two range scans and nothing else. */
import type { ConversationLog, ListOptions } from "@dispatch/session-orchestrator/ports";
import { dispatchError } from "@dispatch/wire";
import type { Level } from "level";
import type { Database } from "./database.ts";
import { keys, lastPart, rangeOf, unescapePart } from "./keys.ts";
import { decodeRow, splitPair } from "./rows.ts";

/** Rows looked at per page at most. */
const scanLimit = 10_000;
const placePattern = /^\d{16}![A-Za-z0-9_-]+$/;

interface Found {
  /** `<descending order>!<id>`: the position in the list, the same in both ranges. */
  readonly place: string;
  readonly key: string;
  readonly value: string;
}

function placeOf(cursor: string): string {
  const place = Buffer.from(cursor, "base64url").toString("latin1");
  if (placePattern.test(place)) return place;
  throw dispatchError("invalid-request", "The list cursor is none that was given out.", {
    errors: [{ path: "cursor", message: "take `nextCursor` of the page before" }],
  });
}

const cursorOf = (place: string): string => Buffer.from(place, "latin1").toString("base64url");

/** Index entries of one range behind `after`. Its snapshot is taken at the call. */
function scan(
  level: Level,
  closed: boolean,
  after: string | undefined,
  chunk: number,
): AsyncGenerator<Found> {
  const prefix = keys.list(closed);
  const { gte, lt } = rangeOf(prefix);
  const iterator = level.iterator({
    ...(after === undefined ? { gte } : { gt: prefix + after }),
    lt,
    highWaterMarkBytes: 128 * 1024,
  });
  return (async function* () {
    try {
      for (;;) {
        const part = await iterator.nextv(chunk);
        if (part.length === 0) return;
        for (const [key, value] of part) yield { place: key.slice(prefix.length), key, value };
      }
    } finally {
      await iterator.close();
    }
  })();
}

/** Merges ordered scans, keeping the order. */
async function* merged(scans: readonly AsyncGenerator<Found>[]): AsyncGenerator<Found> {
  try {
    const fronts = await Promise.all(
      scans.map(async (source) => ({ source, front: (await source.next()).value as Found | undefined })),
    );
    for (;;) {
      let first: (typeof fronts)[number] | undefined;
      for (const candidate of fronts) {
        if (candidate.front && (!first?.front || candidate.front.place < first.front.place))
          first = candidate;
      }
      if (!first?.front) return;
      yield first.front;
      first.front = (await first.source.next()).value as Found | undefined;
    }
  } finally {
    // A generator that was never started would not run its own `finally`.
    await Promise.all(scans.map((source) => source.return(undefined)));
  }
}

/** A damaged entry is no reason to fail a page as long as its copy is there. */
async function entryOf(level: Level, { place, key, value }: Found): Promise<string> {
  try {
    return decodeRow(key, value);
  } catch (error) {
    const copyKey = keys.listCopy(unescapePart(lastPart(place)));
    const copy = await level.get(copyKey);
    if (copy === undefined) throw error;
    return decodeRow(copyKey, copy);
  }
}

async function listPage(
  level: Level,
  { statuses = ["active", "idle"], prefix = "", limit = 100, cursor, keep = () => true }: ListOptions,
): Promise<{ rows: string[]; nextCursor?: string }> {
  const wanted = Math.min(Math.max(1, limit), 1_000);
  const after = cursor === undefined ? undefined : placeOf(cursor);
  const ranges = [false, true].filter((closed) =>
    statuses.some((status) => (status === "closed") === closed),
  );
  const rows: string[] = [];
  let scanned = 0;
  let last = after;
  for await (const found of merged(
    ranges.map((closed) => scan(level, closed, after, Math.min(256, wanted + 1))),
  )) {
    const { place } = found;
    if (last !== undefined && (rows.length >= wanted || scanned >= scanLimit))
      return { rows, nextCursor: cursorOf(last) };
    scanned += 1;
    last = place;
    if (!lastPart(place).startsWith(prefix)) continue;
    const [status, json] = splitPair(await entryOf(level, found));
    if (statuses.some((allowed) => allowed === status) && keep(json)) rows.push(json);
  }
  return { rows };
}

/** `prefix` filters the index scan: order and paging stay those of the list, and at most 10,000 rows are looked at. */
export const createList =
  (database: Database): ConversationLog["list"] =>
  (options = {}) =>
    database.reading(() => listPage(database.level, options));
