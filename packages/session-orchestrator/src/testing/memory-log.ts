/** The ports `log` and `ownership` in memory: the reference that real stores are compared with, and a fast store for tests. */
import { checkBatch, readBounds } from "../ports/check-batch.ts";
import type {
  BlockIncrement,
  ConversationLog,
  IdempotencyRow,
  ListRow,
  LogBatch,
  LogEntry,
  Ownership,
} from "../ports/log.ts";
import { listInMemory } from "./memory-list.ts";

/** All that is kept of one conversation. */
export interface StoredConversation {
  readonly epoch: string;
  /** Grows in place. `entries[0].seq` is `firstSeq`, unless empty. */
  readonly entries: LogEntry[];
  readonly head: number;
  readonly firstSeq: number;
  readonly fence: number;
  readonly state?: { readonly seq: number; readonly json: string } | undefined;
  readonly row?: ListRow | undefined;
  readonly running: boolean;
  readonly blocks: ReadonlyMap<string, ReadonlyMap<number, BlockIncrement>>;
}

export interface MemoryLog extends ConversationLog, Ownership {
  /** The same data under a new owner, as after a restart. */
  reopen(): MemoryLog;
}

interface Disk {
  readonly conversations: Map<string, StoredConversation>;
  readonly idempotency: Map<string, IdempotencyRow>;
  owners: number;
}

const nothing = { entries: [], firstSeq: 1 } as const;

function nextBlocks(before: StoredConversation["blocks"], batch: LogBatch): StoredConversation["blocks"] {
  if (!batch.increments?.length && !batch.sealed?.length) return before;
  const blocks = new Map(before);
  for (const increment of batch.increments ?? []) {
    blocks.set(increment.block, new Map(blocks.get(increment.block)).set(increment.at, increment));
  }
  for (const block of batch.sealed ?? []) blocks.delete(block);
  return blocks;
}

function append(disk: Disk, batch: LogBatch): void {
  const before = disk.conversations.get(batch.conversationId);
  checkBatch(batch, before);
  const head = batch.expectedHead + batch.entries.length;
  const entries = before?.entries ?? [];
  for (const { seq, json } of batch.entries) entries.push({ seq, json });
  disk.conversations.set(batch.conversationId, {
    epoch: before?.epoch ?? batch.epoch ?? "",
    entries,
    head,
    firstSeq: before?.firstSeq ?? 1,
    fence: batch.fence,
    state: batch.state === undefined ? before?.state : { seq: head, json: batch.state },
    row: batch.row ?? before?.row,
    running: batch.running ?? before?.running ?? false,
    blocks: nextBlocks(before?.blocks ?? new Map(), batch),
  });
  const remembered = batch.idempotency;
  if (remembered === undefined) return;
  const older = disk.idempotency.get(remembered.key);
  if (!older || older.expiresAt <= remembered.expiresAt) disk.idempotency.set(remembered.key, remembered);
}

/** Takes entries while they fit; always at least one. */
function fitting(entries: readonly LogEntry[], maxBytes: number): LogEntry[] {
  const taken: LogEntry[] = [];
  let size = 0;
  for (const entry of entries) {
    size += entry.json.length;
    if (taken.length > 0 && size > maxBytes) break;
    taken.push(entry);
  }
  return taken;
}

function recovered(block: string, increments: ReadonlyMap<number, BlockIncrement>) {
  let text = "";
  for (const increment of [...increments.values()].sort((a, b) => a.at - b.at)) {
    if (increment.at !== text.length) break;
    text += increment.text;
  }
  const meta = increments.get(0)?.meta;
  return meta === undefined ? [] : [{ block, text, meta }];
}

function open(disk: Disk): MemoryLog {
  disk.owners += 1;
  const fence = disk.owners;
  const find = (id: string): StoredConversation | undefined => disk.conversations.get(id);
  return {
    append: async (batch) => append(disk, batch),
    async head(id) {
      const found = find(id);
      return (
        found && {
          epoch: found.epoch,
          head: found.head,
          firstSeq: found.firstSeq,
          ...(found.state && { state: found.state }),
        }
      );
    },
    async read(id, after, options) {
      const { limit, maxBytes } = readBounds(options);
      const { entries, firstSeq } = find(id) ?? nothing;
      const start = Math.max(0, after + 1 - firstSeq);
      const page = fitting(entries.slice(start, start + limit), maxBytes);
      return { entries: page, hasMore: start + page.length < entries.length };
    },
    async readBack(id, before, options) {
      const { limit, maxBytes } = readBounds(options);
      const { entries, firstSeq } = find(id) ?? nothing;
      const end = Math.max(0, Math.min(before - firstSeq, entries.length));
      const page = fitting(entries.slice(Math.max(0, end - limit), end).reverse(), maxBytes).reverse();
      return { entries: page, hasMore: page.length < end };
    },
    async blocks(id) {
      const blocks = [...(find(id)?.blocks ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
      return blocks.flatMap(([block, increments]) => recovered(block, increments));
    },
    list: async (options) => listInMemory(disk.conversations, options),
    running: async () => [...disk.conversations].flatMap(([id, { running }]) => (running ? [id] : [])).sort(),
    async idempotent(key, now) {
      const row = disk.idempotency.get(key);
      return row && now <= row.expiresAt ? row.json : undefined;
    },
    async trim(id, before) {
      const found = find(id);
      if (!found) return;
      const firstSeq = Math.max(found.firstSeq, Math.min(before, found.head));
      const entries = found.entries.filter((entry) => entry.seq >= firstSeq);
      disk.conversations.set(id, { ...found, firstSeq, entries });
    },
    async delete(id) {
      disk.conversations.delete(id);
    },
    claim: async () => fence,
    reopen: () => open(disk),
  };
}

/** An empty store. It keeps the promises of a real one except durability. */
export const memoryLog = (): MemoryLog =>
  open({ conversations: new Map(), idempotency: new Map(), owners: 0 });
