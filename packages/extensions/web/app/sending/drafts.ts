/** What is typed and not sent, per conversation: kept at every key. */
import type { LocalStore } from "./local-store.ts";

export interface Drafts {
  get(conversationId: string | undefined): string;
  set(conversationId: string | undefined, text: string): void;
  /** A text that could not be sent comes back, before what was typed since. */
  giveBack(conversationId: string | undefined, text: string): void;
}

const keyOf = (conversationId: string | undefined) => `draft.${conversationId ?? ""}`;

export function createDrafts(store: LocalStore): Drafts {
  const get = (conversationId: string | undefined): string => {
    const text = store.get(keyOf(conversationId));
    return typeof text === "string" ? text : "";
  };
  const set = (conversationId: string | undefined, text: string): void => {
    store.set(keyOf(conversationId), text === "" ? undefined : text);
  };
  return {
    get,
    set,
    giveBack(conversationId, text) {
      const since = get(conversationId);
      if (since === text) return;
      set(conversationId, since === "" ? text : `${text}\n\n${since}`);
    },
  };
}
