/** How a new conversation is to begin: folder, model and effort, until it has. The folder is kept for the next one too. */
import type { Effort } from "@dispatch/wire";
import { type ReadonlySignal, signal } from "@preact/signals";
import type { LocalStore } from "./local-store.ts";

export interface Beginning {
  /** Empty: the server's default. */
  readonly folder: string;
  /** Absent: the server's default. */
  readonly model?: string | undefined;
  readonly effort?: Effort | undefined;
}

export interface BeginningKeeper {
  readonly now: ReadonlySignal<Beginning>;
  /** Why the folder cannot be used, until another one is named. */
  readonly refusal: ReadonlySignal<string | undefined>;
  set(change: Partial<Beginning>): void;
  /** One has begun: its model was for that one. */
  begun(): void;
  refused(words: string): void;
}

const key = "folder";

export function createBeginning(store: LocalStore): BeginningKeeper {
  const kept = store.get(key);
  const now = signal<Beginning>({ folder: typeof kept === "string" ? kept : "" });
  const refusal = signal<string | undefined>(undefined);
  return {
    now,
    refusal,
    set(change) {
      now.value = { ...now.value, ...change };
      if (change.folder === undefined) return;
      refusal.value = undefined;
      store.set(key, change.folder === "" ? undefined : change.folder);
    },
    begun() {
      now.value = { folder: now.value.folder };
    },
    refused(words) {
      refusal.value = words;
    },
  };
}
