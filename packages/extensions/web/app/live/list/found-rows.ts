/** Rows that are asked for beside the list that is told: closed ones, children of one. What is deleted meanwhile stays away. */
import type { ConversationRow } from "@dispatch/wire";
import type { Signal } from "@preact/signals";
import { type Rows, withFound } from "./rows.ts";

export interface FoundRows {
  /** Adds what `ask` gives; rejects as it does. */
  add(ask: () => Promise<readonly ConversationRow[]>): Promise<void>;
  deleted(id: string): void;
}

export function createFoundRows(rows: Signal<Rows>): FoundRows {
  /** What was deleted since, of each that is under way. */
  const asked = new Set<Set<string>>();
  return {
    async add(ask) {
      const gone = new Set<string>();
      asked.add(gone);
      try {
        const found = await ask();
        rows.value = withFound(rows.value, found, gone);
      } finally {
        asked.delete(gone);
      }
    },
    deleted(id) {
      for (const gone of asked) gone.add(id);
    },
  };
}
