/** Admission: what a turn needs before it can begin, and the receipt for what was said to begin it. */
import { type Attachment, dispatchError, type Settings } from "@dispatch/wire";
import type { Conversation } from "../conversation/conversation.ts";
import type { TurnFacts } from "../conversation/decide.ts";
import type { Core } from "../core.ts";
import type { Live } from "../hub/live.ts";
import { cursorOf, position } from "../hub/position.ts";
import { checkOf } from "../hub/shown.ts";
import type { LogEntry } from "../ports/log.ts";
import type { ResolvedModel } from "../ports/models.ts";
import type { SendResult } from "../ports/sessions.ts";
import { checkFolders } from "../sessions/folder.ts";
import { defaultsIn, mergedSettings, type TurnSettings } from "../settings.ts";

export interface Prepared {
  readonly model: ResolvedModel;
  readonly settings: TurnSettings;
  /** As its start will record them. */
  readonly facts: TurnFacts;
  /** The conversation's own settings that it was made from. */
  readonly stored: Settings;
}

/** Looks at folder, model and price. Rejects with what keeps the turn from running. `own`: the settings of this turn only. */
export async function prepareTurn(
  core: Core,
  conversation: Pick<Conversation, "id" | "state">,
  own: Settings = {},
  workspace?: string,
): Promise<Prepared> {
  const { settings: stored } = conversation.state;
  const merged = mergedSettings(
    own,
    stored,
    defaultsIn(core.defaults, conversation.state.workspace ?? workspace),
  );
  await checkFolders(merged);
  const model = await core.models().resolve(merged.model);
  if (merged.maxCostUsd !== undefined && !core.prices[model.id]) {
    const fix = `Set extensions.session-orchestrator.settings.prices for ${model.id} in the configuration, or leave maxCostUsd out.`;
    throw dispatchError("unknown-price", `There is no price for ${model.id}.`, { fix });
  }
  // Last: nothing is made for a turn that cannot be.
  const settings = { ...merged, cwd: await workplaceOf(core, conversation.id, merged) };
  const { system, timeoutMs, maxCostUsd, approvals, env, effort, cwd, dirs, worktree, maxSteps } = settings;
  const facts: TurnFacts = {
    model: model.id,
    effort,
    cwd,
    ...(dirs === undefined ? {} : { dirs }),
    ...(worktree === undefined ? {} : { worktree }),
    ...(system === undefined ? {} : { system }),
    maxSteps,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(maxCostUsd === undefined ? {} : { maxCostUsd }),
    ...(approvals === undefined ? {} : { approvals }),
    ...(env === undefined ? {} : { env: Object.keys(env) }),
    ...(workspace === undefined ? {} : { workspace }),
  };
  return { model, settings, facts, stored };
}

/** The folder in which a turn works: the one that is set, or the worktree that stands for it. */
export async function workplaceOf(
  core: Core,
  conversationId: string,
  { cwd, worktree }: Pick<TurnSettings, "cwd" | "worktree">,
): Promise<string> {
  if (worktree === undefined || worktree === false) return cwd;
  const places = core.workplaces();
  if (!places)
    throw dispatchError("service-missing", "No extension provides worktrees.", {
      fix: "Enable the extension `worktrees`, or leave `worktree` out.",
    });
  return places.open({ conversationId, cwd, branch: worktree === true ? undefined : worktree });
}

/** What a message brings along, as it is kept. Rejects with `unknown-attachment`. */
export async function claimAttachments(
  core: Core,
  conversationId: string,
  wanted: readonly Attachment[] | undefined,
): Promise<Attachment[] | undefined> {
  if (!wanted?.length) return undefined;
  const keeper = core.attachments();
  if (!keeper)
    throw dispatchError("service-missing", "No extension keeps attachments.", {
      fix: "Enable the extension `attachments`, or leave `attachments` out.",
    });
  return keeper.claim(conversationId, wanted);
}

/** Where a message is in the log. */
export type Place = Pick<SendResult, "conversationId" | "messageId" | "seq" | "cursor" | "before">;

/** `live` as it was before these entries, which hold the message. */
export function placeOf(
  { conversationId, epoch }: Pick<Live, "conversationId" | "epoch">,
  checkBefore: string,
  messageId: string,
  entries: readonly LogEntry[],
): Place {
  const seq = entries.find((entry) => entry.json.includes(`"messageId":"${messageId}"`))?.seq ?? 0;
  const last = entries.at(-1);
  const previous = entries.find((entry) => entry.seq === seq - 1);
  const check = previous ? checkOf(previous.json) : checkBefore;
  return {
    conversationId,
    messageId,
    seq,
    before: cursorOf(epoch, position(seq - 1, check)),
    cursor: cursorOf(epoch, position(last?.seq ?? 0, last ? checkOf(last.json) : "0")),
  };
}
