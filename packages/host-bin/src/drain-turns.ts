/** The wait of a stop for running turns, and how it is told: `waiting for 2 turns, 43 s left`. */
import type { Draining } from "@dispatch/session-orchestrator/ports";

export interface Left {
  readonly turns: number;
  /** Longest that is waited still, ms. */
  readonly leftMs: number;
}

export const drainLine = ({ turns, leftMs }: Left): string =>
  `waiting for ${turns} ${turns === 1 ? "turn" : "turns"}, ${Math.ceil(leftMs / 1_000)} s left`;

/** Says it when the number of turns changes, and every five seconds. */
export function tellsDrain(say: (line: string) => void): (left: Left) => void {
  let told: Left | undefined;
  return (left) => {
    if (left.turns === 0) return;
    if (told && told.turns === left.turns && told.leftMs - left.leftMs < 5_000) return;
    told = left;
    say(drainLine(left));
  };
}

/** Resolves when no turn runs, when the time for it is over, or at the signal. */
export async function drainTurns(
  service: Draining | undefined,
  hurry: AbortSignal,
  say: (line: string) => void,
): Promise<void> {
  if (!service) return;
  const tell = tellsDrain(say);
  const timer = setInterval(() => {
    const state = service.state();
    if (state) tell({ turns: state.turns, leftMs: Math.max(0, state.until - Date.now()) });
  }, 500);
  try {
    await service.drain(hurry);
  } finally {
    clearInterval(timer);
  }
}
