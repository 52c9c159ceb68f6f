/** Meta: what a conversation is called, how it is set, and the list of all. */
import {
  type ConversationRow,
  type ConversationView,
  dispatchError,
  type ListAnswer,
  type PatchBody,
} from "@dispatch/wire";
import type { Conversation } from "../conversation/conversation.ts";
import { changeMeta } from "../conversation/decide.ts";
import { rowOf } from "../conversation/row.ts";
import type { CallContext, ListQuery, StatusAnswer } from "../ports/sessions.ts";
import { defaultsIn, effectiveSettings, patchOf } from "../settings.ts";
import { activityOf } from "../turn/activity.ts";
import { checkFolders } from "./folder.ts";
import type { Parts } from "./parts.ts";

/** The row, and every effective setting with its source. */
export function viewOf({ core }: Pick<Parts, "core">, { state }: Conversation): ConversationView {
  return {
    ...rowOf(state),
    settings: effectiveSettings({}, state.settings, defaultsIn(core.defaults, state.workspace)),
  };
}

export const get = (parts: Parts, id: string): Promise<ConversationView> =>
  parts.conversations.use(id, async (conversation) => viewOf(parts, conversation));

export const defaults = ({ core }: Pick<Parts, "core">, workspace?: string): ConversationView["settings"] =>
  effectiveSettings({}, {}, defaultsIn(core.defaults, workspace));

export const status = (parts: Parts, id: string): Promise<StatusAnswer> =>
  parts.conversations.use(id, async (conversation) => {
    const { state } = conversation;
    const { lastProgressAt, waiting } = activityOf(parts.core, conversation) ?? {};
    return {
      id,
      status: state.status,
      head: state.head,
      ...(state.running && { turnId: state.running.turnId, stepId: state.running.stepId }),
      ...(lastProgressAt === undefined ? {} : { lastProgressAt }),
      ...(waiting === undefined ? {} : { waiting }),
      ...(state.lastTurn && { lastTurn: state.lastTurn }),
    };
  });

/** All or nothing: a bad model refuses the whole patch. */
export async function patch(
  parts: Parts,
  id: string,
  body: PatchBody,
  call: CallContext,
  ifVersion?: number,
): Promise<ConversationView> {
  const change = patchOf(body);
  const { model, ...others } = change.settings ?? {};
  const { answer } = await parts.idempotency.once("patch", { id, body, ifVersion }, call, (keyed) =>
    parts.conversations.use(id, async (conversation) => {
      if (typeof model === "string") await parts.core.models().resolve(model);
      await checkFolders(others);
      return conversation.mailbox.run((state) => ({
        records: changeMeta(state, change, ifVersion),
        sync: true,
        idempotency: () => keyed?.row({ id }),
        answer: () => ({ id }),
      }));
    }),
  );
  return get(parts, answer.id);
}

const defaultStatuses = ["active", "idle"] as const;

/** Newest activity first. What the store has no index of is looked for row by row, bounded per page. */
export async function list(parts: Parts, query: ListQuery): Promise<ListAnswer> {
  const { search, workspace, parent, label } = query;
  const words = search?.toLowerCase();
  const filtered =
    words !== undefined || workspace !== undefined || parent !== undefined || label !== undefined;
  const keep = (json: string): boolean => {
    const row = JSON.parse(json) as ConversationRow;
    return (
      (words === undefined ||
        row.title.toLowerCase().includes(words) ||
        row.id.toLowerCase().includes(words)) &&
      (workspace === undefined || row.workspace === workspace) &&
      (parent === undefined || row.parentId === parent) &&
      (label === undefined || row.labels.includes(label))
    );
  };
  const { rows, nextCursor } = await parts.core.log.list({
    statuses: query.statuses ?? defaultStatuses,
    prefix: query.prefix,
    limit: query.limit,
    cursor: query.cursor,
    ...(filtered ? { keep } : {}),
  });
  const items = rows.map((json) => JSON.parse(json) as ConversationRow);
  return { items, ...(nextCursor === undefined ? {} : { nextCursor }) };
}

/** The one conversation whose id starts with `prefix`; a whole id wins over longer ones. */
export async function resolve(parts: Parts, prefix: string): Promise<ConversationView> {
  const exact = await parts.core.log.head(prefix);
  if (exact) return get(parts, prefix);
  const { rows } = await parts.core.log.list({ statuses: ["active", "idle", "closed"], prefix, limit: 6 });
  const found = rows.map((json) => JSON.parse(json) as ConversationRow);
  const [only] = found;
  if (!only) throw dispatchError("conversation-not-found", `No conversation id starts with ${prefix}.`);
  if (found.length > 1) {
    const candidates = found.map(({ id, title }) => ({ id, title }));
    throw dispatchError("ambiguous-id", `${prefix} fits ${found.map(({ id }) => id).join(", ")}.`, {
      data: { candidates },
    });
  }
  return get(parts, only.id);
}
