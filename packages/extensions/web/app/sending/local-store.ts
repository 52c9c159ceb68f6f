/** Small JSON values that outlive the page, under one prefix. A browser that stores nothing costs comfort, never the page. */

export interface LocalStore {
  get(key: string): unknown;
  /** Undefined removes. False: it could not be kept. */
  set(key: string, value: unknown): boolean;
  /** Keys that begin so. */
  keys(prefix: string): string[];
}

const prefix = "dispatch.";

/** `storage`: what browsers have as `localStorage`. */
export function createLocalStore(
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">,
): LocalStore {
  return {
    get(key) {
      try {
        const text = storage.getItem(prefix + key);
        return text === null ? undefined : JSON.parse(text);
      } catch {
        return undefined; // not JSON, or no storage here: as if it was never kept
      }
    },
    set(key, value) {
      try {
        if (value === undefined) storage.removeItem(prefix + key);
        else storage.setItem(prefix + key, JSON.stringify(value));
        return true;
      } catch {
        return false; // full, or forbidden
      }
    },
    keys(start) {
      const found: string[] = [];
      for (let index = 0; index < storage.length; index++) {
        const key = storage.key(index);
        if (key?.startsWith(prefix + start)) found.push(key.slice(prefix.length));
      }
      return found;
    },
  };
}
