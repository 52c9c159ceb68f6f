/** Time for tests: it passes when it is told to. */
import type { Clock } from "../links/link.ts";

export interface ManualClock extends Clock {
  /** Lets `ms` pass, one timer after the other, with what promises do in between. */
  advance(ms: number): Promise<void>;
  /** Lets `ms` pass before any timer runs: a page in the background, a computer that slept. */
  leap(ms: number): Promise<void>;
  /** Timers that wait. */
  readonly pending: number;
}

const soon =
  (globalThis as { setImmediate?: (run: (value: unknown) => void) => void }).setImmediate ?? setTimeout;

/** What promises are about to do is done. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => soon(resolve));
}

export function createManualClock(): ManualClock {
  const timers = new Map<number, { at: number; run: () => void }>();
  let time = 1_000_000;
  let count = 0;
  const due = (until: number) =>
    [...timers.entries()]
      .filter(([, { at }]) => at <= until)
      .sort(([a, first], [b, second]) => first.at - second.at || a - b)[0];

  async function runUntil(end: number): Promise<void> {
    await settle();
    for (let next = due(end); next; next = due(end)) {
      const [id, { at, run }] = next;
      timers.delete(id);
      time = Math.max(time, at);
      run();
      await settle();
    }
    time = end;
  }
  return {
    now: () => time,
    after(ms, run) {
      count += 1;
      const id = count;
      timers.set(id, { at: time + ms, run });
      return () => void timers.delete(id);
    },
    advance: (ms) => runUntil(time + ms),
    leap(ms) {
      time += ms;
      return runUntil(time);
    },
    get pending() {
      return timers.size;
    },
  };
}
