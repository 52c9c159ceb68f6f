/**
 * Named points: places in a server's life where it is killed on purpose. The moment is given from outside: by an extension
 * around the store and the tools (`program/crash-points.ts`), or by this process, which sees requests and starts. Pure.
 */

export interface Plan {
  /** Where to die. */
  readonly point: string;
  /** At the how many-th time there, from 1. */
  readonly nth: number;
  /** How long after it, in ms; -1 = in the same tick. */
  readonly delayMs: number;
}

interface Point {
  readonly name: string;
  /** How often against the others. */
  readonly weight: number;
  /** The highest `nth`. */
  readonly upTo: number;
  /** The longest delay, in ms; absent = in the same tick. */
  readonly delayMs?: number;
}

const recordTypes = [
  ...["user-message", "turn-start", "text", "tool-call", "tool-start", "tool-result", "step-complete"],
  ...["provider-retry", "attempt-superseded", "approval-requested", "approval-resolved", "done"],
  ...["compaction-started", "compacted", "queue-changed", "steering"],
] as const;

const rare: Readonly<Record<string, number>> = {
  "user-message": 4,
  done: 3,
  "tool-start": 3,
  "tool-result": 3,
};

const aroundAppends = recordTypes.flatMap((type): Point[] => {
  const weight = rare[type] ?? 2;
  return [
    { name: `append:before:${type}`, weight, upTo: 3 },
    // The write is under way: it is there afterwards or it is not, never a part of it.
    { name: `append:during:${type}`, weight, upTo: 3 },
    // Stored, and nobody told yet: between accept and acknowledge.
    { name: `append:after:${type}`, weight, upTo: 3 },
    // The store is slow, then gone: whatever was said in the meantime was a lie.
    { name: `append:stalled:${type}`, weight, upTo: 3, delayMs: 25 },
  ];
});

/** All of them. The process that kills by time alone has the name `random`. */
export const points: readonly Point[] = [
  { name: "random", weight: 40, upTo: 1, delayMs: 700 },
  // Its delay is in thousandths of a boot.
  { name: "boot", weight: 8, upTo: 1, delayMs: 1_050 },
  // Told to stop: it ends by itself, with turns under way, or is killed while it drains and closes.
  { name: "stop:drained", weight: 8, upTo: 1, delayMs: 500 },
  { name: "stop:killed", weight: 8, upTo: 1, delayMs: 500 },
  { name: "provider:request", weight: 8, upTo: 6, delayMs: 12 },
  { name: "provider:answering", weight: 8, upTo: 6, delayMs: 80 },
  ...aroundAppends,
  { name: "checkpoint:before", weight: 4, upTo: 4 },
  { name: "checkpoint:during", weight: 6, upTo: 4 },
  { name: "checkpoint:after", weight: 4, upTo: 4 },
  { name: "tool:allowed", weight: 5, upTo: 3 },
  { name: "tool:running", weight: 10, upTo: 3, delayMs: 60 },
  { name: "tool:ended", weight: 6, upTo: 3 },
  { name: "retry:sleeping", weight: 8, upTo: 2, delayMs: 120 },
  { name: "approval:waiting", weight: 5, upTo: 1, delayMs: 40 },
  { name: "recovery:found", weight: 5, upTo: 1 },
  { name: "recovery:read", weight: 5, upTo: 4 },
  { name: "recovery:before", weight: 6, upTo: 3 },
  { name: "recovery:during", weight: 6, upTo: 3 },
  { name: "recovery:after", weight: 6, upTo: 3, delayMs: 5 },
  { name: "kv:before", weight: 2, upTo: 3 },
  { name: "kv:after", weight: 2, upTo: 3 },
  { name: "delete:before", weight: 3, upTo: 1 },
  { name: "delete:during", weight: 3, upTo: 1 },
  { name: "delete:after", weight: 3, upTo: 1 },
];

/** A whole number from 0, below `below`. */
export type Roll = (below: number) => number;

/** The same numbers for the same seed. */
export function rollOf(seed: number): Roll {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Points by name or by its beginning: `all`, `append`, `append:after`, `random,boot`. Throws when one fits none. */
export function pointsNamed(names: string): readonly Point[] {
  if (names === "all") return points;
  return names.split(",").flatMap((name) => {
    const fitting = points.filter((point) => point.name === name || point.name.startsWith(`${name}:`));
    if (fitting.length === 0)
      throw new Error(
        `There is no point "${name}". There are: ${points.map((point) => point.name).join(", ")}.`,
      );
    return fitting;
  });
}

/** Draws the next point; by weight, and the less often the more it was drawn already. */
export function choosePoint(among: readonly Point[], drawn: ReadonlyMap<string, number>, roll: Roll): Plan {
  const weights = among.map(({ name, weight }) => weight / (1 + (drawn.get(name) ?? 0)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let left = (roll(1_000_000) / 1_000_000) * total;
  const at = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  const { name, upTo, delayMs } = among[Math.max(0, at)] as Point;
  return { point: name, nth: 1 + roll(upTo), delayMs: delayMs === undefined ? -1 : roll(delayMs + 1) };
}
