/** The service `activity`: what the running turns do, for who watches over them. */
import { defineService } from "@dispatch/kernel";
import type { Settings } from "@dispatch/wire";

export interface TurnActivity {
  readonly conversationId: string;
  readonly turnId: string;
  /** What it runs with, `<credential>/<model>`. */
  readonly model: string;
  /** Effective settings of the turn. */
  readonly settings: Settings;
  /** Unix ms of the last delta, record or tool output; of the end of a wait for a slot or a retry. */
  readonly lastProgressAt: number;
  /** What it waits for, when nothing can move it but somebody else. */
  readonly waiting?: "approval" | "slot" | "retry" | "child" | undefined;
}

export interface Activity {
  /** Of every turn that runs now. */
  running(): readonly TurnActivity[];
  /** Of one conversation's turn. */
  of(conversationId: string): TurnActivity | undefined;
  /** Appends `turn-stalled` and emits `turnStalled`. False, and nothing, when it is over, moved since it was seen, or waits. */
  stalled(turn: TurnActivity, idleMs: number): Promise<boolean>;
  /** Appends `turn-resumed` and emits `turnResumed`. Nothing when the turn is over. */
  resumed(turn: TurnActivity): Promise<void>;
  /**
   * Ends the turn with reason `stalled`; `detail` is for people. Resolves when it is sealed; with false, and nothing is done, when it
   * is over, moved since it was seen, or waits.
   */
  abort(turn: TurnActivity, detail: string): Promise<boolean>;
}

export const activity = defineService<Activity>()("session-orchestrator/activity");
