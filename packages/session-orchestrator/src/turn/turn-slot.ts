/** The slot of one turn: given back while the turn only waits for its children, so that these can have it. */
import type { Conversation } from "../conversation/conversation.ts";
import type { Core } from "../core.ts";
import { waitsFor } from "./waits-for.ts";

export interface TurnSlot {
  /** Called when something changed: gives the slot back when the turn only waits for children. */
  look(): void;
  /** Before the next request: takes a slot again. Resolves at once when it has one, or when the turn is aborted. */
  ready(): Promise<void>;
  end(): void;
}

/** Waits for a slot; viewers who join meanwhile see that it does. Rejects when aborted first. */
export async function takeTurnSlot(
  core: Core,
  { live }: Pick<Conversation, "live">,
  model: string,
  signal: AbortSignal,
): Promise<TurnSlot> {
  let giveBack: (() => void) | undefined = await take();

  async function take(): Promise<() => void> {
    try {
      return await core.slots.take(model.split("/", 1)[0] ?? "", signal, () => {
        live.queued = true;
      });
    } finally {
      live.queued = false;
      live.progressAt = core.now();
    }
  }

  const end = (): void => {
    giveBack?.();
    giveBack = undefined;
  };
  return {
    look() {
      if (giveBack && waitsFor(live, core.now(), core.isWaiting) === "child") end();
    },
    async ready() {
      if (giveBack) return;
      // An aborted turn sends nothing: it needs no slot to end.
      giveBack = await take().catch((error: unknown) => {
        if (signal.aborted) return undefined;
        throw error;
      });
    },
    end,
  };
}
