/**
 * Headers of conversations: the row, and a bounded memory of those in use, so that an append to a hot conversation
 * reads nothing. What is remembered is always what a finished write left; when in doubt it is forgotten and read again.
 */

import type { Level } from "level";
import { keys, type ListPlace, parseIncrement, rangeOf } from "./keys.ts";
import { decodeRow, encodeRow, missingHeader } from "./rows.ts";

/** The header row, as JSON. */
export interface Header {
  readonly epoch: string;
  readonly head: number;
  readonly firstSeq: number;
  /** Highest fence seen. */
  readonly fence: number;
  /** Where its index entry is. */
  readonly list?: ListPlace | undefined;
}

/** Offsets of the increments stored, by block: what sealing has to remove. Changed in place, by appends only. */
export type OpenIncrements = Map<string, Set<number>>;

export interface Known {
  readonly header: Header;
  readonly increments: OpenIncrements;
}

export interface Heads {
  get(conversationId: string): Promise<Known | undefined>;
  set(conversationId: string, known: Known): void;
  forget(conversationId: string): void;
  forgetAll(): void;
}

export const encodeHeader = (id: string, header: Header): string =>
  encodeRow(keys.header(id), JSON.stringify(header));

/** From disk. Throws `store-damaged` when it is gone and other rows of the conversation are there. */
export async function loadHeader(level: Level, id: string): Promise<Header | undefined> {
  const key = keys.header(id);
  const value = await level.get(key);
  if (value !== undefined) return JSON.parse(decodeRow(key, value)) as Header;
  const snapshot = level.snapshot();
  try {
    const [rest] = await level.keys({ ...rangeOf(keys.conversation(id)), limit: 1, snapshot }).all();
    if (rest === undefined) return undefined;
    const [now, deleting] = await level.getMany([key, keys.deleting(id)], { snapshot });
    if (now !== undefined) return JSON.parse(decodeRow(key, now)) as Header;
    if (deleting === undefined) throw missingHeader(id);
    return undefined;
  } finally {
    await snapshot.close();
  }
}

async function load(level: Level, id: string): Promise<Known | undefined> {
  const header = await loadHeader(level, id);
  if (header === undefined) return undefined;
  const increments: OpenIncrements = new Map();
  for (const key of await level.keys(rangeOf(keys.blocks(id))).all()) {
    const { block, at } = parseIncrement(key);
    increments.set(block, (increments.get(block) ?? new Set()).add(at));
  }
  return { header, increments };
}

/** @param capacity Conversations remembered. */
export function createHeads(level: Level, capacity: number): Heads {
  const remembered = new Map<string, Known>(); // in order of use, oldest first
  let generation = 0;

  const set = (id: string, known: Known): void => {
    remembered.delete(id);
    remembered.set(id, known);
    if (remembered.size <= capacity) return;
    for (const oldest of remembered.keys()) {
      remembered.delete(oldest);
      return;
    }
  };

  return {
    async get(id) {
      const found = remembered.get(id);
      if (found) {
        set(id, found);
        return found;
      }
      const before = generation;
      const loaded = await load(level, id);
      // Reads run beside appends: whatever was written or forgotten while this was read is newer.
      const newer = remembered.get(id);
      if (newer) return newer;
      if (loaded && before === generation) set(id, loaded);
      return loaded;
    },
    set(id, known) {
      generation += 1;
      set(id, known);
    },
    forget(id) {
      generation += 1;
      remembered.delete(id);
    },
    forgetAll() {
      generation += 1;
      remembered.clear();
    },
  };
}
