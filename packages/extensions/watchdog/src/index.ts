/** `@dispatch/watchdog`: looks at the running turns now and then, and says which make no progress. */
import { defineExtension } from "@dispatch/kernel";
import { activity } from "@dispatch/session-orchestrator/ports";
import { manifest, type WatchdogSettings } from "./manifest.ts";
import { type Stall, type Stalls, watch } from "./watch.ts";

export { manifest };

/** Longest time between two looks, ms. */
const lookMs = 30_000;

export default defineExtension<typeof manifest, WatchdogSettings>(manifest, (host) => {
  const { settings, log } = host;
  const turns = host.get(activity);
  const shortest = settings.abortMs > 0 ? Math.min(settings.stallMs, settings.abortMs) : settings.stallMs;
  let stalls: Stalls = new Map();

  host.timers.every(Math.max(10, Math.min(lookMs, Math.floor(shortest / 4))), async () => {
    const before = new Map(stalls);
    const found = watch(turns.running(), before, host.now(), settings);
    const kept = new Map(found.stalls);
    stalls = kept;
    for (const action of found.actions) {
      const { turn } = action;
      const fields = { conversationId: turn.conversationId, turnId: turn.turnId };
      if (action.do === "resumed") {
        before.delete(turn.turnId);
        await turns.resumed(turn);
      } else if (action.do === "stalled") {
        if (await turns.stalled(turn, action.idleMs))
          log.warn("a turn makes no progress", { ...fields, idleMs: action.idleMs });
        else untold(kept, before, turn.turnId);
      } else if (await turns.abort(turn, `The turn made no progress for ${duration(action.idleMs)}.`))
        log.warn("a turn that made no progress is ended", { ...fields, idleMs: action.idleMs });
    }
  });
});

/** It moved before it could be said: only what was said earlier is known of it. */
function untold(stalls: Map<string, Stall>, before: Stalls, turnId: string): void {
  const stall = before.get(turnId);
  if (stall) stalls.set(turnId, stall);
  else stalls.delete(turnId);
}

/** `90 s`, `15 min`. */
function duration(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  return ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`;
}
