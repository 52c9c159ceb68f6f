/** Reads of one conversation: head, windows of records in both directions, open blocks. */
import {
  type BlockCheckpoint,
  type ConversationLog,
  type LogEntry,
  type LogHead,
  type LogPage,
  type ReadOptions,
  readBounds,
} from "@dispatch/session-orchestrator/ports";
import type { Level } from "level";
import type { Database } from "./database.ts";
import { type Header, type Heads, loadHeader } from "./heads.ts";
import { keys, lastPart, numberOf, parseIncrement, rangeOf } from "./keys.ts";
import { decodeRow, missingRecord, splitPair } from "./rows.ts";

interface Window {
  readonly id: string;
  /** Both ends belong to it. */
  readonly from: number;
  readonly to: number;
  readonly reverse: boolean;
}

/** Entries of the window from its first or last on, as many as fit. Throws for one that is not there. */
async function readWindow(
  level: Level,
  window: Window,
  options: ReadOptions | undefined,
): Promise<LogEntry[]> {
  const { id, from, to, reverse } = window;
  if (from > to) return [];
  const { limit, maxBytes } = readBounds(options);
  const range = {
    gte: keys.record(id, from),
    lte: keys.record(id, to),
    reverse,
    limit,
    highWaterMarkBytes: 256 * 1024,
  };
  const wanted = Math.min(limit, to - from + 1);
  const iterator = level.iterator(range);
  const entries: LogEntry[] = [];
  let size = 0;
  try {
    while (entries.length < wanted) {
      const part = await iterator.nextv(wanted - entries.length);
      if (part.length === 0) throw missingRecord(id, reverse ? to - entries.length : from + entries.length);
      for (const [key, value] of part) {
        const seq = reverse ? to - entries.length : from + entries.length;
        if (numberOf(lastPart(key)) !== seq) throw missingRecord(id, seq);
        const json = decodeRow(key, value);
        size += json.length;
        if (entries.length > 0 && size > maxBytes) return entries;
        entries.push({ seq, json });
      }
    }
    return entries;
  } finally {
    await iterator.close();
  }
}

const empty: LogPage = { entries: [], hasMore: false };

async function readBlocks(level: Level, id: string): Promise<BlockCheckpoint[]> {
  const found = new Map<string, { text: string; meta: string }>();
  const rows = level.iterator({ ...rangeOf(keys.blocks(id)), highWaterMarkBytes: 256 * 1024 });
  for await (const [key, value] of rows) {
    const { block, at } = parseIncrement(key);
    const { text, meta } = JSON.parse(decodeRow(key, value)) as { text: string; meta?: string };
    const open = found.get(block);
    // What does not follow on belongs to a write that came too late to count.
    if (at === 0 && meta !== undefined) found.set(block, { text, meta });
    else if (open?.text.length === at) open.text += text;
  }
  return [...found].map(([block, { text, meta }]) => ({ block, text, meta }));
}

/** A damaged state is left out: it is a fold of the records, as long as they are all there. */
function stateIn(key: string, row: string | undefined, firstSeq: number): LogHead["state"] {
  if (row === undefined) return undefined;
  try {
    const [seq, json] = splitPair(decodeRow(key, row));
    return { seq: Number(seq), json };
  } catch (error) {
    if (firstSeq > 1) throw error;
    return undefined;
  }
}

async function readHead(level: Level, id: string): ReturnType<ConversationLog["head"]> {
  const [headerKey, stateKey] = [keys.header(id), keys.state(id)];
  const snapshot = level.snapshot();
  try {
    const [header, row] = await level.getMany([headerKey, stateKey], { snapshot });
    if (header === undefined) {
      await loadHeader(level, id); // says so when only this row is lost
      return undefined;
    }
    const { epoch, head, firstSeq } = JSON.parse(decodeRow(headerKey, header)) as Header;
    const state = stateIn(stateKey, row, firstSeq);
    return { epoch, head, firstSeq, ...(state && { state }) };
  } finally {
    await snapshot.close();
  }
}

export function createReads({
  database,
  heads,
}: {
  readonly database: Database;
  readonly heads: Heads;
}): Pick<ConversationLog, "head" | "read" | "readBack" | "blocks"> {
  const { level } = database;

  /** Reads the window that `frame` makes of the header; again when a trim or delete pulled it away meanwhile. */
  async function page(
    id: string,
    options: ReadOptions | undefined,
    frame: (header: Header) => Window,
  ): Promise<LogPage> {
    const header = (await heads.get(id))?.header;
    if (header === undefined) return empty;
    const window = frame(header);
    try {
      const entries = await readWindow(level, window, options);
      const hasMore = entries.length > 0 && entries.length < window.to - window.from + 1;
      return { entries: window.reverse ? entries.reverse() : entries, hasMore };
    } catch (error) {
      const now = await loadHeader(level, id);
      if (now?.epoch === header.epoch && now.firstSeq === header.firstSeq) throw error;
      return now === undefined ? empty : page(id, options, frame);
    }
  }

  return {
    head: (id) => database.reading(() => readHead(level, id)),
    read: (id, after, options) =>
      database.reading(() =>
        page(id, options, ({ firstSeq, head }) => ({
          id,
          from: Math.max(firstSeq, after + 1),
          to: head,
          reverse: false,
        })),
      ),
    readBack: (id, before, options) =>
      database.reading(() =>
        page(id, options, ({ firstSeq, head }) => ({
          id,
          from: firstSeq,
          to: Math.min(head, before - 1),
          reverse: true,
        })),
      ),
    blocks: (id) =>
      database.reading(async () => {
        if ((await heads.get(id)) === undefined) return [];
        return readBlocks(level, id);
      }),
  };
}

/** Ids of conversations that were marked as running. */
export async function readRunning(level: Level): Promise<string[]> {
  const found = await level.keys(rangeOf(keys.turns)).all();
  return found.map(lastPart);
}
