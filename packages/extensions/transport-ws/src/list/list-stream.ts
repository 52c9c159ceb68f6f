/** The list of conversations as one client follows it: a page as of a moment, and from that moment on every change. */
import type { Sessions } from "@dispatch/session-orchestrator/ports";
import type { ListAnswer } from "@dispatch/wire";
import type { Offers } from "../socket/offers.ts";
import { type Change, type Heard, mergeList } from "./merge-list.ts";

/** A change and its bytes, made once for all sockets. */
export interface EncodedChange extends Change {
  readonly bytes: () => Buffer;
}

export interface ListStream {
  /** `answer` is called with the page in the tick from which on changes follow. */
  subscribe(answer: (page: ListAnswer) => void): Promise<void>;
  unsubscribe(): void;
  readonly active: boolean;
  changed(change: EncodedChange): void;
  deleted(conversationId: string): void;
}

export const changeKey = (conversationId: string): string => `changed ${conversationId}`;

export function createListStream(sessions: Pick<Sessions, "list">, offers: Offers): ListStream {
  /** What is heard while lists are read. */
  const reading = new Set<Map<string, Heard<EncodedChange>>>();
  let active = false;
  /** +1 at every unsubscribe: a list that was asked for before it starts no stream. */
  let generation = 0;

  const hear = (conversationId: string, heard: Heard<EncodedChange>) => {
    for (const each of reading) each.set(conversationId, heard);
  };
  const offer = ({ id, bytes }: EncodedChange) => offers.offer(changeKey(id), bytes);

  return {
    async subscribe(answer) {
      const begun = generation;
      const heard = new Map<string, Heard<EncodedChange>>();
      reading.add(heard);
      try {
        const { answer: page, later } = mergeList(await sessions.list({}), heard);
        answer(page);
        if (begun !== generation) return;
        active = true;
        for (const change of later) offer(change);
      } finally {
        reading.delete(heard);
      }
    },
    unsubscribe() {
      generation += 1;
      active = false;
    },
    get active() {
      return active;
    },
    changed(change) {
      hear(change.id, change);
      if (active) offer(change);
    },
    deleted: (conversationId) => hear(conversationId, "deleted"),
  };
}
