/** How a conversation stands, in a cell of a list: its status, whom it waits for, how its last turn ended. Pure. */
import type { ConversationRow } from "@dispatch/wire";

/** `active`, `active (waits for an answer)`, `idle (error)`. */
export function statusWords({
  status,
  waiting,
  lastTurn,
}: Pick<ConversationRow, "status" | "waiting" | "lastTurn">): string {
  if (waiting === "approval") return `${status} (waits for an answer)`;
  // What runs now says more than what ran before.
  if (status === "active" || lastTurn === undefined || lastTurn.reason === "completed") return status;
  return `${status} (${lastTurn.reason})`;
}
