/** How a conversation stands, in a cell of a list or in a line about it. Pure. */
import type { ConversationRow } from "@dispatch/wire";
import { endWords, whyEnded } from "@dispatch/wire/shown";

type Standing = Pick<ConversationRow, "status" | "waiting" | "lastTurn">;

/** `active`, `active (waits for an answer)`, `idle (stopped: out of time)`, `idle (failed: provider-failed)`. */
export function statusWords(row: Standing): string {
  const { status, waiting } = row;
  if (waiting === "approval") return `${status} (waits for an answer)`;
  const end = badEnd(row);
  if (!end) return status;
  const { reason, code } = end;
  const words = (endWords[reason]?.short ?? reason).toLowerCase();
  return `${status} (${words}${code === undefined ? "" : `: ${code}`})`;
}

/** Why its last turn did not complete, as a sentence; undefined when it did, or when the next one runs. */
export function endSentence(row: Standing): string | undefined {
  const end = badEnd(row);
  return end && whyEnded(end);
}

/** What runs now says more than what ran before. */
const badEnd = ({ status, lastTurn }: Standing): ConversationRow["lastTurn"] =>
  status === "active" || lastTurn?.reason === "completed" ? undefined : lastTurn;
