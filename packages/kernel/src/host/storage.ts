/** `host.storage`: the extension's own namespace in the service `kv`, whoever provides that. */
import type { Storage } from "../contracts/host-api.ts";
import { type KeyValue, kv } from "../contracts/kv.ts";

export interface StorageOptions {
  readonly namespace: string;
  /** Throws without the capability. */
  readonly check: () => void;
  readonly loadService: (serviceId: string) => Promise<unknown>;
}

const pageSize = 1_000;

export function createStorage({ namespace, check, loadService }: StorageOptions): Storage {
  async function store(): Promise<KeyValue> {
    check();
    return (await loadService(kv.id)) as KeyValue;
  }
  return {
    get: async (key) => (await (await store()).get(namespace, key))?.value,
    async set(key, value) {
      await (await store()).set(namespace, key, value);
    },
    async delete(key) {
      await (await store()).delete(namespace, key);
    },
    async list(prefix) {
      const pages = await store();
      const keys: string[] = [];
      for (let more = true; more; ) {
        const last = keys.at(-1);
        const page = await pages.list(namespace, {
          limit: pageSize,
          ...(prefix === undefined ? {} : { prefix }),
          ...(last === undefined ? {} : { after: last }),
        });
        for (const { key } of page) keys.push(key);
        more = page.length === pageSize;
      }
      return keys;
    },
  };
}
