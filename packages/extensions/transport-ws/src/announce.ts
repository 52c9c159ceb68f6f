/** What happened to conversations, told to whoever follows them: one conversation, or the list. */
import type { ConversationRow } from "@dispatch/wire";
import { encodeOnce } from "./frames/encode-once.ts";
import { changeKey } from "./list/list-stream.ts";
import type { OutgoingFrame } from "./ports.ts";
import type { LiveConnection } from "./socket/connection.ts";

export interface Announce {
  opened(conversationId: string): void;
  statusChanged(conversationId: string, status: string): void;
  changed(conversationId: string, reason: string, row: ConversationRow): void;
  compacted(conversationId: string, seq: number): void;
  deleted(conversationId: string): void;
}

const statusKey = (conversationId: string) => `status ${conversationId}`;
const compactedKey = (conversationId: string) => `compacted ${conversationId}`;
const openKey = (conversationId: string) => `open ${conversationId}`;

/** Tells one client that a conversation is gone. Nothing of it comes after, not even what waits already. */
export function tellDeleted(
  { chats, offers }: LiveConnection,
  conversationId: string,
  bytes = encodeOnce(() => ({ type: "conversation.deleted", conversationId })),
): void {
  chats.end(conversationId);
  for (const key of [changeKey, statusKey, compactedKey, openKey]) offers.withdraw(key(conversationId));
  offers.offer(`deleted ${conversationId}`, bytes);
}

export function createAnnounce(connections: () => Iterable<LiveConnection>): Announce {
  const follows = ({ chats, list }: LiveConnection, conversationId: string) =>
    list.active || chats.has(conversationId);

  function tell(key: string, frame: OutgoingFrame & { readonly conversationId: string }): void {
    const bytes = encodeOnce(() => frame);
    for (const connection of connections())
      if (follows(connection, frame.conversationId)) connection.offers.offer(key, bytes);
  }

  return {
    /** A client asked every client to show it. */
    opened(conversationId) {
      const bytes = encodeOnce(() => ({ type: "conversation.open", conversationId }));
      for (const { caller, offers } of connections())
        if (caller.scopes.has("read")) offers.offer(openKey(conversationId), bytes);
    },
    statusChanged: (conversationId, status) =>
      tell(statusKey(conversationId), { type: "conversation.statusChanged", conversationId, status }),
    changed(id, reason, row) {
      const bytes = encodeOnce(() => ({ type: "conversation.changed", id, reason, conversation: row }));
      for (const { list } of connections()) list.changed({ id, reason, row, bytes });
    },
    compacted: (conversationId, seq) =>
      tell(compactedKey(conversationId), { type: "conversation.compacted", conversationId, seq }),
    deleted(conversationId) {
      const bytes = encodeOnce(() => ({ type: "conversation.deleted", conversationId }));
      for (const connection of connections()) {
        connection.list.deleted(conversationId);
        if (follows(connection, conversationId)) tellDeleted(connection, conversationId, bytes);
      }
    },
  };
}
