/**
 * Draining: a stop first lets running turns end, for a while, and then ends what is left. All of it before any extension is stopped:
 * a turn that outlived the one whose tool it runs would take the tool's end for its result, and ask the model what to do next.
 */
import type { Conversations } from "../conversation/conversations.ts";
import type { Core } from "../core.ts";
import type { Draining, DrainState } from "../ports/draining.ts";
import { waitsFor } from "./waits-for.ts";

export interface DrainParts {
  readonly core: Core;
  readonly conversations: Conversations;
  /** Longest wait, ms. */
  readonly drainMs: number;
  /** How turns that cannot be waited for end. */
  readonly how: "suspended" | "interrupted";
  /** Nothing new is admitted from now on. */
  close(): void;
  /** Called once before the first turn is suspended, and when turns run: the next boot must not take this for a crash. */
  note(): Promise<void>;
  /** Ends every turn that runs, `how`. */
  end(): Promise<void>;
}

/** How often it looks whether a turn has begun to wait, ms. */
const lookMs = 100;

export function createDraining({
  core,
  conversations,
  drainMs,
  how,
  close,
  note,
  end,
}: DrainParts): Draining {
  let state: DrainState | undefined;
  let draining: Promise<void> | undefined;
  /** Of all who asked. */
  const hurry = new AbortController();

  async function drain(signal: AbortSignal): Promise<void> {
    close();
    await wait(signal);
    await firstOf(end(), core.limits.stopMs);
  }

  async function wait(signal: AbortSignal): Promise<void> {
    const until = core.now() + drainMs;
    state = { turns: conversations.running().length, until };
    let noted = false;
    // A turn may be on its way to its admission: only what no mailbox has before it counts as the end.
    for (;;) {
      await firstOf(conversations.idle(), until - core.now(), signal);
      const running = conversations.running();
      state = { turns: running.length, until };
      if (running.length === 0 && noted) await showEnd(signal);
      if (running.length === 0 || signal.aborted || core.now() >= until) return;
      if (!noted) await note();
      noted = true;
      for (const { live, running: turn } of running)
        if (waitsFor(live, core.now(), core.isWaiting)) turn?.abort(how);
      const settled = Promise.all(running.map(({ running: turn }) => turn?.settled));
      await firstOf(settled, Math.min(lookMs, until - core.now()), signal);
    }
  }

  /** Viewers are sent the end of the last turn before their sockets close. */
  const showEnd = (signal: AbortSignal) => core.sleep(lookMs, signal).catch(() => undefined);

  /** Resolves when the work does, after `ms`, or at the signal. */
  async function firstOf(work: Promise<unknown>, ms: number, signal?: AbortSignal): Promise<void> {
    const over = new AbortController();
    const either = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
    const late = core.sleep(Math.max(0, ms), either).catch(() => undefined);
    await Promise.race([work, late]).finally(() => over.abort());
  }

  return {
    state: () => state,
    drain(signal) {
      const abort = () => hurry.abort();
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) abort();
      draining ??= drain(hurry.signal).catch((error: unknown) => {
        core.logger.error("running turns could not be waited for", { error: String(error) });
      });
      return draining;
    },
  };
}
