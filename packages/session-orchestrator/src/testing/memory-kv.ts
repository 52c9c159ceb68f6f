/** The port `kv` in memory. Values are copied through JSON, as a real store does. */
import type { KeyValue, KeyValueEntry } from "@dispatch/kernel";

export function memoryKv(): KeyValue {
  const namespaces = new Map<string, Map<string, { json: string; version: number }>>();
  const within = (namespace: string) => {
    const found = namespaces.get(namespace) ?? new Map<string, { json: string; version: number }>();
    namespaces.set(namespace, found);
    return found;
  };
  const entryOf = (key: string, row: { json: string; version: number }): KeyValueEntry => ({
    key,
    value: JSON.parse(row.json),
    version: row.version,
  });
  return {
    async get(namespace, key) {
      const row = within(namespace).get(key);
      return row && entryOf(key, row);
    },
    async set(namespace, key, value, { ifVersion } = {}) {
      const json: string | undefined = JSON.stringify(value);
      if (json === undefined) throw new TypeError(`The value of "${key}" is not JSON.`);
      const version = within(namespace).get(key)?.version ?? 0;
      if (ifVersion !== undefined && ifVersion !== version) return false;
      within(namespace).set(key, { json, version: version + 1 });
      return true;
    },
    delete: async (namespace, key) => within(namespace).delete(key),
    async list(namespace, { prefix = "", after, limit = 1_000 } = {}) {
      return [...within(namespace)]
        .filter(([key]) => key.startsWith(prefix) && (after === undefined || key > after))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, Math.min(Math.max(1, limit), 1_000))
        .map(([key, row]) => entryOf(key, row));
    },
  };
}
