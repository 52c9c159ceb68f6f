/** For tests: a row of the list. */
import type { ConversationRow } from "@dispatch/wire";

export const testRow = (id: string, fields: Partial<ConversationRow> = {}): ConversationRow => ({
  id,
  title: id,
  status: "idle",
  labels: [],
  pinned: false,
  createdAt: 0,
  lastActivityAt: 0,
  updatedAt: 0,
  version: 1,
  head: 1,
  messageCount: 1,
  ...fields,
});
