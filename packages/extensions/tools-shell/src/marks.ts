/** Which marks the commands of running turns carry, so that a turn's end sweeps what it started and nothing else. */

export interface Marks {
  add(turnId: string, mark: string): void;
  /** The marks of a turn that is over; they are forgotten here. */
  take(turnId: string): ReadonlySet<string>;
}

export function createMarks(): Marks {
  const byTurn = new Map<string, Set<string>>();
  return {
    add(turnId, mark) {
      const marks = byTurn.get(turnId) ?? new Set<string>();
      byTurn.set(turnId, marks.add(mark));
    },
    take(turnId) {
      const marks = byTurn.get(turnId) ?? new Set<string>();
      byTurn.delete(turnId);
      return marks;
    },
  };
}
