/** Seeded chance: what a run decides is decided by its seed; only the machine's own timing is not. */

export interface Dice {
  /** 0 … below - 1. */
  roll(below: number): number;
  /** True so many times in a hundred. */
  chance(percent: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Dice of its own for one part, so that parts that run side by side do not share rolls. */
  fork(): Dice;
}

export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  // Mulberry32: seeds that differ by one give rolls that have nothing in common.
  const roll = (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
  return {
    roll,
    chance: (percent) => roll(100) < percent,
    pick<T>(items: readonly T[]): T {
      const item = items[roll(items.length)];
      if (item === undefined) throw new Error("nothing to pick from");
      return item;
    },
    fork: () => createDice(roll(2 ** 31)),
  };
}
