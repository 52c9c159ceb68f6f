/** The port `kv`: small values in namespaces, with compare-and-set. `host.storage` is a view of it. */
import { defineService } from "./handles.ts";

export interface KeyValueEntry {
  readonly key: string;
  readonly value: unknown;
  /** +1 at every write of the key, from 1. */
  readonly version: number;
}

export interface KeyValue {
  get(namespace: string, key: string): Promise<KeyValueEntry | undefined>;
  /** Writes JSON. `ifVersion`: only when the key has that version now (0 = absent). False = it has not; nothing is written. Synced. */
  set(namespace: string, key: string, value: unknown, options?: { ifVersion?: number }): Promise<boolean>;
  /** True when there was something. */
  delete(namespace: string, key: string): Promise<boolean>;
  /** In key order, at most `limit` (1,000) after `after`. */
  list(
    namespace: string,
    options?: { prefix?: string; after?: string; limit?: number },
  ): Promise<readonly KeyValueEntry[]>;
}

export const kv = defineService<KeyValue>()("kv");
