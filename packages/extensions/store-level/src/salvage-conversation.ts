/** One conversation of a damaged store: what was found of it, and the rows that make it whole again. */
import type { Operation } from "./database.ts";
import { encodeHeader, type Header } from "./heads.ts";
import { keys, type ListPlace, lastPart, numberOf } from "./keys.ts";
import { describe, encodeRow, splitPair } from "./rows.ts";

export interface Found {
  readonly id: string;
  /** Of the rows in key order. `text`: undefined when the row is damaged. */
  add(key: string, text: string | undefined): void;
  /** What `add` gathered. */
  rows(): Rows;
}

interface Rows {
  readonly header: Header | undefined;
  /** Seq of the state row. */
  readonly state: number | undefined;
  /** Seqs that are there, as ranges with both ends. */
  readonly ranges: readonly (readonly [number, number])[];
  readonly damaged: readonly string[];
}

export function createFound(id: string): Found {
  let header: Header | undefined;
  let state: number | undefined;
  const ranges: [number, number][] = [];
  const damaged: string[] = [];
  return {
    id,
    rows: () => ({ header, state, ranges, damaged }),
    add(key, text) {
      const part = key.split("!")[2];
      if (text === undefined) damaged.push(key);
      else if (part === "h") header = JSON.parse(text) as Header;
      else if (part === "s") state = Number(splitPair(text)[0]);
      else if (part === "r") {
        const seq = numberOf(lastPart(key));
        const last = ranges.at(-1);
        if (last && last[1] === seq - 1) last[1] = seq;
        else ranges.push([seq, seq]);
      }
    },
  };
}

export interface Mended {
  readonly operations: readonly Operation[];
  readonly lost: readonly string[];
  /** Where it stands in the list; its row may be gone. */
  readonly list?: ListPlace | undefined;
  readonly fence: number;
}

const put = (key: string, text: string): Operation => ({ type: "put", key, value: encodeRow(key, text) });
const del = (key: string): Operation => ({ type: "del", key });

function holes(first: number, ranges: Rows["ranges"]): number[] {
  const missing: number[] = [];
  let next = first;
  for (const [from, to] of ranges) {
    for (; next < from; next += 1) missing.push(next);
    next = Math.max(next, to + 1);
  }
  return missing;
}

/** Stands where a record was, so that the numbers of the others stay what they are. */
const notice = (seq: number, now: number): string => {
  const text = "What stood here was lost when the store was damaged.";
  return JSON.stringify({ seq, ts: now, type: "notice", level: "error", text });
};

/**
 * @param given `place`: its key in the list, in case the header is gone. `now` in Unix ms.
 */
export function mend(
  found: Found,
  given: { readonly place: ListPlace | undefined; readonly epoch: string; readonly now: number },
): Mended {
  const { id } = found;
  const { header, state, ranges, damaged } = found.rows();
  const [first, last] = [ranges[0], ranges.at(-1)];
  if (!first || !last) {
    // Nothing of it is left: it goes the way of a deleted one.
    const gone = [put(keys.deleting(id), ""), del(keys.header(id)), del(keys.running(id))];
    return { operations: gone, lost: [`all of conversation ${id}`], fence: header?.fence ?? 0 };
  }
  const head = last[1];
  const firstSeq = header?.firstSeq ?? first[0];
  const missing = holes(firstSeq, ranges);
  const lost: string[] = [];
  if (missing.length > 0) lost.push(`${missing.length} records of conversation ${id} below ${head}`);
  if (!header) lost.push(`the header of conversation ${id}, with it perhaps records above ${head}`);
  else if (header.head > head) lost.push(`records ${head + 1} to ${header.head} of conversation ${id}`);
  lost.push(...damaged.filter((key) => key.startsWith(keys.blocks(id))).map(describe));
  // The state is folded anew from the records, unless they are what it was folded from, or were trimmed.
  const whole = missing.length === 0 && header?.head === head;
  const stale = state !== undefined && !whole && (firstSeq === 1 || state > head);
  const list = header?.list ?? given.place;
  const fence = header?.fence ?? 0;
  const fresh: Header = { epoch: given.epoch, head, firstSeq, fence, ...(list && { list }) };
  const operations = [
    ...damaged.map(del),
    ...missing.map((seq) => put(keys.record(id, seq), notice(seq, given.now))),
    ...(stale ? [del(keys.state(id))] : []),
    { type: "put", key: keys.header(id), value: encodeHeader(id, fresh) } as const,
  ];
  return { operations, lost, list, fence };
}
