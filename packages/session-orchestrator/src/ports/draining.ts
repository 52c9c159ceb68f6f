/** The service `draining`: the gentle half of a stop. Whoever stops the server asks it first, then stops the extensions. */
import { defineService } from "@dispatch/kernel";

export interface DrainState {
  /** Turns that still run. */
  readonly turns: number;
  /** Unix ms: then it waits no more. */
  readonly until: number;
}

export interface Draining {
  /** What the stop waits for; undefined while none was asked for. */
  state(): DrainState | undefined;
  /**
   * Admits nothing any more and waits until no turn runs, at most for the setting `drainMs`, or until a signal aborts. Turns
   * that only wait (for a person, a slot, a retry, a child) are ended at once, the others then: left to be resumed, or sealed.
   * Viewers stay, so they see their turn finish. Never rejects; again: the same promise.
   */
  drain(signal: AbortSignal): Promise<void>;
}

export const draining = defineService<Draining>()("session-orchestrator/draining");
