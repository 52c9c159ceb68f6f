/** The list row of a conversation: a view of its state. */
import type { ConversationRow } from "@dispatch/wire";
import type { ListRow } from "../ports/log.ts";
import type { ConversationState } from "./state.ts";

export function rowOf(state: ConversationState): ConversationRow {
  return {
    id: state.id,
    title: state.title ?? state.firstWords ?? "",
    status: state.status,
    labels: [...state.labels],
    pinned: state.pinned,
    ...(state.workspace === undefined ? {} : { workspace: state.workspace }),
    ...(state.parentId === undefined ? {} : { parentId: state.parentId }),
    ...(state.parentCallId === undefined ? {} : { parentCallId: state.parentCallId }),
    ...(state.settings.cwd === undefined ? {} : { cwd: state.settings.cwd }),
    ...(state.settings.model === undefined ? {} : { model: state.settings.model }),
    createdAt: state.createdAt,
    lastActivityAt: state.lastActivityAt,
    updatedAt: state.updatedAt,
    version: state.version,
    head: state.head,
    messageCount: state.messageCount,
    ...(state.running === undefined ? {} : { runningTurnId: state.running.turnId }),
    ...(isAsking(state) ? { waiting: "approval" as const } : {}),
    ...(state.lastTurn === undefined ? {} : { lastTurn: state.lastTurn }),
  };
}

/** Its running turn waits for a person: something was asked that nobody has answered. */
export const isAsking = ({ approvals }: Pick<ConversationState, "approvals">): boolean =>
  approvals.some(({ decision }) => decision === undefined);

/** The row to store when this batch changed what a list shows; order moves at turn start and end only. */
export function changedRow(before: ConversationState, after: ConversationState): ListRow | undefined {
  const same =
    before.head > 0 &&
    before.status === after.status &&
    before.version === after.version &&
    before.running?.turnId === after.running?.turnId &&
    isAsking(before) === isAsking(after) &&
    before.lastTurn === after.lastTurn &&
    before.resetAt === after.resetAt &&
    before.firstWords === after.firstWords &&
    before.lastActivityAt === after.lastActivityAt;
  if (same) return undefined;
  return { order: after.lastActivityAt, status: after.status, json: JSON.stringify(rowOf(after)) };
}
