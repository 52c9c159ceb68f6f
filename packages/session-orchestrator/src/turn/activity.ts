/** What running turns do, and the records of a turn that stalls. */
import type { NewRecord } from "@dispatch/wire";
import type { Conversation } from "../conversation/conversation.ts";
import type { Conversations } from "../conversation/conversations.ts";
import type { Core } from "../core.ts";
import type { Activity, TurnActivity } from "../ports/activity.ts";
import { turnResumed, turnStalled } from "../ports/hooks.ts";
import { waitsFor } from "./waits-for.ts";

export function activityOf(core: Core, { id, live, running }: Conversation): TurnActivity | undefined {
  if (!running) return undefined;
  const waiting = waitsFor(live, core.now(), core.isWaiting);
  return {
    conversationId: id,
    turnId: running.turnId,
    model: running.model,
    settings: running.settings,
    lastProgressAt: Math.max(live.progressAt, live.retry?.retryAt ?? 0),
    ...(waiting === undefined ? {} : { waiting }),
  };
}

export function createActivity(core: Core, conversations: Conversations): Activity {
  /** True when it was appended. */
  async function append({ conversationId, turnId }: TurnActivity, record: NewRecord): Promise<boolean> {
    const conversation = conversations.peek(conversationId);
    if (conversation?.running?.turnId !== turnId) return false;
    return conversation.mailbox.run((state) => {
      const over = state.running?.turnId !== turnId;
      return { records: over ? [] : [{ ...record, turnId }], sync: false, answer: () => !over };
    });
  }

  return {
    running: () => conversations.running().flatMap((conversation) => activityOf(core, conversation) ?? []),
    of(conversationId) {
      const conversation = conversations.peek(conversationId);
      return conversation && activityOf(core, conversation);
    },
    async stalled(turn, idleMs) {
      const { conversationId, turnId } = turn;
      if (await append(turn, { type: "turn-stalled", idleMs }))
        core.emit(turnStalled, { conversationId, turnId, idleMs });
    },
    async resumed(turn) {
      const { conversationId, turnId } = turn;
      if (await append(turn, { type: "turn-resumed" })) core.emit(turnResumed, { conversationId, turnId });
    },
    async abort({ conversationId, turnId }, detail) {
      const running = conversations.peek(conversationId)?.running;
      if (running?.turnId !== turnId) return;
      running.abort("stalled", detail);
      await running.settled;
    },
  };
}
