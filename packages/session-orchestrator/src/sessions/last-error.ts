/** Why a turn failed, for whoever was not there: in the log it is said once, and no state keeps the words. */
import { errorOf, type LogRecord, type TurnError } from "@dispatch/wire";
import type { Conversation } from "../conversation/conversation.ts";
import type { Parts } from "./parts.ts";

/** An error stands right before the end of its turn; what follows that are a few changes of meta and settings. */
const newest = 200;

/** Undefined: the turn ended without an error, or it is not among the newest records (any more). */
export async function lastError(
  { core }: Pick<Parts, "core">,
  { id, live }: Pick<Conversation, "id" | "live">,
  turnId: string,
): Promise<TurnError | undefined> {
  const { entries } = await core.log.readBack(id, live.head + 1, { limit: newest });
  const records = entries.map(({ json }) => JSON.parse(json) as LogRecord);
  const found = records.findLast((record) => record.type === "error" && record.turnId === turnId);
  return found?.type === "error" ? errorOf(found) : undefined;
}
