/** What to do about the running turns, decided purely from what they did and what was said about them before. */
import type { TurnActivity } from "@dispatch/session-orchestrator/ports";
import type { WatchdogSettings } from "./manifest.ts";

/** What was said about a turn since its last progress. */
export interface Stall {
  /** Its `lastProgressAt` then. */
  readonly since: number;
  /** How often it was said to stall. */
  readonly told: number;
}

/** By turn id; turns about which nothing was said are not in it. */
export type Stalls = ReadonlyMap<string, Stall>;

export type Action = { readonly turn: TurnActivity } & (
  | { readonly do: "stalled"; readonly idleMs: number }
  | { readonly do: "resumed" }
  | { readonly do: "abort"; readonly idleMs: number }
);

/** Looks at all of them once. Turns that are over are forgotten. */
export function watch(
  running: readonly TurnActivity[],
  stalls: Stalls,
  now: number,
  { stallMs, abortMs }: WatchdogSettings,
): { readonly actions: readonly Action[]; readonly stalls: Stalls } {
  const actions: Action[] = [];
  const next = new Map<string, Stall>();
  for (const turn of running) {
    const { turnId, lastProgressAt, waiting } = turn;
    let stall = stalls.get(turnId);
    if (stall && (waiting !== undefined || lastProgressAt > stall.since)) {
      actions.push({ do: "resumed", turn });
      stall = undefined;
    }
    const idleMs = now - lastProgressAt;
    const over = abortMs > 0 && waiting === undefined && idleMs >= abortMs;
    // Twice the time before it is said again, and again; its end says it too.
    const due = !over && waiting === undefined && idleMs >= stallMs * 2 ** (stall?.told ?? 0);
    if (due) {
      actions.push({ do: "stalled", turn, idleMs });
      stall = { since: lastProgressAt, told: (stall?.told ?? 0) + 1 };
    }
    if (over) actions.push({ do: "abort", turn, idleMs });
    if (stall) next.set(turnId, stall);
  }
  return { actions, stalls: next };
}
