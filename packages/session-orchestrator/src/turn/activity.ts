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
  /** True when it was appended; looked at again when its turn to be written has come. */
  async function append(
    { conversationId, turnId }: TurnActivity,
    record: NewRecord,
    holds: (conversation: Conversation) => boolean = () => true,
  ): Promise<boolean> {
    const conversation = conversations.peek(conversationId);
    if (conversation?.running?.turnId !== turnId) return false;
    return conversation.mailbox.run((state) => {
      const isDue = state.running?.turnId === turnId && holds(conversation);
      return { records: isDue ? [{ ...record, turnId }] : [], sync: false, answer: () => isDue };
    });
  }

  /** Still as it was seen: what is decided about a turn may be late, and it has moved on or asks a person by now. */
  function standsStill(seen: TurnActivity): (conversation: Conversation) => boolean {
    return (conversation) => {
      const now = activityOf(core, conversation);
      return now?.waiting === undefined && now?.lastProgressAt === seen.lastProgressAt;
    };
  }

  return {
    running: () => conversations.running().flatMap((conversation) => activityOf(core, conversation) ?? []),
    of(conversationId) {
      const conversation = conversations.peek(conversationId);
      return conversation && activityOf(core, conversation);
    },
    async stalled(turn, idleMs) {
      const { conversationId, turnId } = turn;
      const told = await append(turn, { type: "turn-stalled", idleMs }, standsStill(turn));
      if (told) core.emit(turnStalled, { conversationId, turnId, idleMs });
      return told;
    },
    async resumed(turn) {
      const { conversationId, turnId } = turn;
      if (await append(turn, { type: "turn-resumed" })) core.emit(turnResumed, { conversationId, turnId });
    },
    async abort(turn, detail) {
      const conversation = conversations.peek(turn.conversationId);
      const running = conversation?.running;
      if (!conversation || running?.turnId !== turn.turnId || !standsStill(turn)(conversation)) return false;
      running.abort("stalled", detail);
      await running.settled;
      return true;
    },
  };
}
