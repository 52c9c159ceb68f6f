/** What the writing calls share. */
import type { Database } from "./database.ts";
import type { Heads } from "./heads.ts";
import type { KeyedQueue } from "./keyed-queue.ts";

export interface Parts {
  readonly database: Database;
  readonly heads: Heads;
  /** By conversation: appends, trim and delete of one never overlap. */
  readonly queue: KeyedQueue;
}
