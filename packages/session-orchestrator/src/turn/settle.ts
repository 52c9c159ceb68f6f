/**
 * The end of a turn and what follows it, in one write: after a completed turn the queue goes on, so there is no moment
 * between seal and start in which anything could be lost, doubled or seen idle. After any other end what waits is held.
 */
import type { NewRecord } from "@dispatch/wire";
import type { Conversation, Running, TurnStop } from "../conversation/conversation.ts";
import { sealTurn, type TurnBegin, type TurnEnding } from "../conversation/decide.ts";
import type { ConversationState } from "../conversation/state.ts";
import type { Core } from "../core.ts";
import { type Prepared, prepareTurn } from "./admission.ts";
import type { Admitted } from "./run.ts";

export interface Settling {
  readonly ending: Omit<TurnEnding, "closing" | "next">;
  /** Of the turn that ends; undefined when it runs no more, as after a crash. */
  readonly running?: () => Running | undefined;
  /** Aborted: the queue does not go on by itself. Asked when it is decided, and again when it is done. */
  readonly aborted?: () => TurnStop | undefined;
  /** Checkpointed blocks that a crash left open. */
  readonly sealed?: readonly string[];
  /** The turn is sealed; whoever hears it can start the next one. */
  onSealed?(): void;
  start(admitted: Admitted): Running;
}

interface Next {
  readonly begin: TurnBegin;
  readonly prepared: Prepared;
}

/** What keeps the queue from going on. */
interface Obstacle {
  readonly obstacle: string;
}

/** Resolves when the turn is sealed, was sealed before, or is left to the next boot. */
export async function settleTurn(core: Core, conversation: Conversation, settling: Settling): Promise<void> {
  const { ending, sealed, aborted = () => undefined, start } = settling;
  const turnId = core.ids.uuid();
  let ready: Prepared | Obstacle | undefined;
  const goesOn = () => ending.reason === "completed" && aborted() === undefined && !conversation.closing;
  const decideNext = (state: ConversationState): Next | Obstacle | "unprepared" | undefined => {
    const items = goesOn() && core.admitting() ? (core.inbox()?.next(state.queue) ?? []) : [];
    if (items.length === 0) return undefined;
    if (ready && "obstacle" in ready) return ready;
    if (ready?.stored !== state.settings) return "unprepared";
    return { begin: { turnId, inputs: items, queued: items, turn: ready.facts }, prepared: ready };
  };
  for (;;) {
    const again = await conversation.mailbox.run((state) => {
      const running = settling.running?.();
      const { closing } = conversation;
      const nothing = { records: [], sync: false, answer: () => false };
      if (aborted() === "suspended" || state.running?.turnId !== ending.turnId) return nothing;
      // The server stops and what waits is to go on when it is back: the next boot seals the turn and carries on.
      if (goesOn() && state.queue.length > 0 && core.leavesTurns()) return nothing;
      const successor = closing || !core.admitting() ? undefined : running?.successor;
      const next = successor ?? decideNext(state);
      if (next === "unprepared") return { ...nothing, answer: () => true };
      if (successor) successor.state = "taken";
      const begins = next && "begin" in next ? next : undefined;
      const records: NewRecord[] = sealTurn(state, { ...ending, closing, next: begins?.begin });
      if (next && "obstacle" in next) records.splice(-1, 0, held(ending.turnId, next));
      return {
        records,
        sync: true,
        sealed,
        idempotency: successor?.row,
        // In the same tick as the append: a stop that comes next finds the turn that follows.
        answer: () => {
          conversation.running = undefined;
          settling.onSealed?.();
          if (!begins) return false;
          const { model, settings } = begins.prepared;
          const turn = state.turns + 1;
          const started = start({ turnId: begins.begin.turnId, turn, attempt: 1, model, settings });
          if (successor) successor.state = "begun";
          // A stop came while this was written: it meant the conversation, which shall not go on by itself.
          const how = successor ? undefined : aborted();
          if (how) started.abort(how);
          return false;
        },
      };
    });
    if (!again) return;
    ready = await prepareTurn(core, conversation).catch(
      (error: unknown): Obstacle => ({ obstacle: error instanceof Error ? error.message : String(error) }),
    );
  }
}

/** Said at the end of the turn before, which is where whoever waits for the next one looks. */
const held = (turnId: string, { obstacle }: Obstacle): NewRecord => ({
  type: "notice",
  turnId,
  level: "error",
  text: `The queue is held: its next turn could not begin. ${obstacle}`,
});
