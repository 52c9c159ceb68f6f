/** The list of conversations, live: the rows as of a moment, then every change, and the rows anew after a reconnect. */
import type { ConversationRow, Problem } from "@dispatch/wire";
import { type ClientError, problemError } from "../client-error.ts";
import type { Clock, Frame } from "./links/link.ts";
import { outside } from "./listeners.ts";

export interface ListOptions {
  /** All rows of the first page, newest activity first; replaces what was held. `nextCursor`: there are more. */
  readonly onRows: (rows: readonly ConversationRow[], nextCursor: string | undefined) => void;
  /** One row is new or changed; `reason` says by what. A conversation that was closed comes with that status. */
  readonly onChange: (row: ConversationRow, reason: string) => void;
  readonly onDeleted: (conversationId: string) => void;
  /** The list may not be read, or the live connection was closed. */
  readonly onEnd?: ((error: ClientError) => void) | undefined;
}

export interface Lists {
  list(options: ListOptions): { close(): void };
  opened(): void;
  lost(): void;
  take(frame: Frame): boolean;
  close(error: ClientError): void;
}

/** Pause before a list that failed at the server is asked for again, in ms. */
const retryMs = 5_000;

export function createLists({ send, clock }: { send: (frame: Frame) => boolean; clock: Clock }): Lists {
  const open = new Set<ListOptions>();
  let asked: string | undefined;
  let undo: (() => void) | undefined;
  let count = 0;

  function subscribe(): void {
    undo?.();
    undo = undefined;
    count += 1;
    const id = `l${count}`;
    asked = send({ type: "conversations.subscribe", id }) ? id : undefined;
  }
  function tell(what: (each: ListOptions) => void): void {
    for (const each of [...open]) if (open.has(each)) outside(() => what(each));
  }
  function rows(frame: Frame): void {
    const { items, nextCursor } = frame as { items?: ConversationRow[]; nextCursor?: string };
    tell((each) => each.onRows(items ?? [], nextCursor));
  }
  function end(error: ClientError): void {
    undo?.();
    const ended = [...open];
    open.clear();
    for (const each of ended) outside(() => each.onEnd?.(error));
  }

  return {
    list(options) {
      const own = { ...options };
      open.add(own);
      subscribe();
      return {
        close() {
          if (!open.delete(own) || open.size > 0) return;
          undo?.();
          count += 1;
          send({ type: "conversations.unsubscribe", id: `l${count}` });
        },
      };
    },
    opened() {
      if (open.size > 0) subscribe();
    },
    lost() {
      asked = undefined;
      undo?.();
    },
    take(frame) {
      if (asked !== undefined && frame.id === asked && frame.type === "ok") {
        asked = undefined;
        rows(frame);
      } else if (asked !== undefined && frame.id === asked && frame.type === "error") {
        asked = undefined;
        const error = problemError(frame.error as Problem);
        if (error.status < 500) end(error);
        else undo = clock.after(retryMs, subscribe);
      } else if (frame.type === "conversations.page") rows(frame);
      // What is told of a time before the list was read is in the list.
      else if (frame.type === "conversation.changed" && asked === undefined) {
        const { conversation, reason } = frame as unknown as {
          conversation: ConversationRow;
          reason: string;
        };
        tell((each) => each.onChange(conversation, reason));
      } else if (frame.type === "conversation.deleted") {
        tell((each) => each.onDeleted(String(frame.conversationId)));
      } else return false;
      return true;
    },
    close: end,
  };
}
