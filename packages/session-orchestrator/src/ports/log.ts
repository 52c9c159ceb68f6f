/** The ports `log` and `ownership`: where records live and who may write them. A store extension provides both. */
import { defineService } from "@dispatch/kernel";

/** A record as stored: its JSON, exactly as it was appended. */
export interface LogEntry {
  readonly seq: number;
  readonly json: string;
}

/** Text of an open block that is not sealed yet, as increments keyed by offset. */
export interface BlockIncrement {
  readonly block: string;
  /** Offset of `text` in the block, UTF-16 code units. */
  readonly at: number;
  readonly text: string;
  /** JSON of what else is needed to seal it after a crash; given with the increment at 0. */
  readonly meta?: string | undefined;
}

/** An open block as recovered: contiguous increments joined. */
export interface BlockCheckpoint {
  readonly block: string;
  readonly text: string;
  readonly meta: string;
}

/** Row of the conversation list. */
export interface ListRow {
  /** Newest first by this (Unix ms, moves at turn start and end only). */
  readonly order: number;
  readonly status: "active" | "idle" | "closed";
  /** JSON of a `ConversationRow`. */
  readonly json: string;
}

/** Remembers the answer of an idempotent operation. */
export interface IdempotencyRow {
  /** Scope and key, already joined; any text. */
  readonly key: string;
  readonly json: string;
  /** Unix ms; after it the row counts as absent and may be swept. */
  readonly expiresAt: number;
}

/** One atomic write. Everything in it is stored or nothing. */
export interface LogBatch {
  readonly conversationId: string;
  /** Fence of the writer, from `ownership.claim`. A lower one than the last seen is refused. */
  readonly fence: number;
  /** Must equal the stored head, else `append` rejects with code `log-conflict` and writes nothing. 0 and no head: creates. */
  readonly expectedHead: number;
  /** Given when `expectedHead` is 0. Letters and digits. */
  readonly epoch?: string | undefined;
  /** Consecutive, from `expectedHead + 1`. May be empty when only blocks are checkpointed. */
  readonly entries: readonly LogEntry[];
  /** Folded state after the last entry, JSON. Kept as the state checkpoint. */
  readonly state?: string | undefined;
  /** When the row changed. */
  readonly row?: ListRow | undefined;
  /** A turn is running: found again by `running()` after a crash. Absent = unchanged. */
  readonly running?: boolean | undefined;
  readonly idempotency?: IdempotencyRow | undefined;
  readonly increments?: readonly BlockIncrement[] | undefined;
  /** Blocks whose increments are removed: they are sealed by an entry of this batch or void. */
  readonly sealed?: readonly string[] | undefined;
  /** True: on disk (survives power loss) before the promise resolves. False: survives a process kill. */
  readonly sync: boolean;
}

export interface LogHead {
  readonly epoch: string;
  /** Seq of the last record. */
  readonly head: number;
  /** Seq of the oldest record kept; 1 unless trimmed. */
  readonly firstSeq: number;
  /** The state checkpoint and the seq it stands for. */
  readonly state?: { readonly seq: number; readonly json: string } | undefined;
}

export interface LogPage {
  /** Ascending by seq, whichever end was asked for. */
  readonly entries: readonly LogEntry[];
  /** More lie beyond, in the direction asked. */
  readonly hasMore: boolean;
}

export interface ReadOptions {
  /** At most this many entries; default 200, at most 1,000. */
  readonly limit?: number | undefined;
  /** At most this much JSON (UTF-16 code units); default and at most 6,000,000. At least one entry is always given. */
  readonly maxBytes?: number | undefined;
}

export interface ListOptions {
  readonly statuses?: readonly ListRow["status"][] | undefined;
  /** Ids starting with this. */
  readonly prefix?: string | undefined;
  readonly limit?: number | undefined;
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
  /** Keeps a row; for what the store has no index of. A page reads at most 10,000 rows, then gives a cursor. */
  readonly keep?: ((json: string) => boolean) | undefined;
}

export interface ConversationLog {
  append(batch: LogBatch): Promise<void>;
  /** Undefined: no such conversation. */
  head(conversationId: string): Promise<LogHead | undefined>;
  /** Oldest above `after`. Never gives a record above the head. */
  read(conversationId: string, after: number, options?: ReadOptions): Promise<LogPage>;
  /** Newest below `before`, ascending. */
  readBack(conversationId: string, before: number, options?: ReadOptions): Promise<LogPage>;
  /** Open blocks left by a crash. */
  blocks(conversationId: string): Promise<readonly BlockCheckpoint[]>;
  /** Newest activity first. */
  list(
    options?: ListOptions,
  ): Promise<{ readonly rows: readonly string[]; readonly nextCursor?: string | undefined }>;
  /** Ids of conversations with `running: true`. */
  running(): Promise<readonly string[]>;
  /** The JSON remembered, unless expired. */
  idempotent(key: string, now: number): Promise<string | undefined>;
  /** Drops records below `before` (never the head). */
  trim(conversationId: string, before: number): Promise<void>;
  /** Removes everything of the conversation. */
  delete(conversationId: string): Promise<void>;
}

export const log = defineService<ConversationLog>()("session-orchestrator/log");

/** Who may write a conversation. In one process: the process. */
export interface Ownership {
  /** The fence to append with; grows with every new owner. */
  claim(conversationId: string): Promise<number>;
}

export const ownership = defineService<Ownership>()("session-orchestrator/ownership");
