/** Notices a model that makes the same call over and over. */

export interface Repetition {
  /** The call which stopped the turn, once there is one. */
  readonly stoppedAt: string | undefined;
  /** Counts a call by its identity; true when it is one too many. */
  tooMany(name: string, args: string): boolean;
}

/** `limit` identical calls in a row are too many; 0 = never. */
export function createRepetition(limit: number): Repetition {
  let last: string | undefined;
  let inRow = 0;
  let stoppedAt: string | undefined;
  return {
    get stoppedAt() {
      return stoppedAt;
    },
    tooMany(name, args) {
      const identity = `${name}\n${args}`;
      inRow = identity === last ? inRow + 1 : 1;
      last = identity;
      if (limit <= 0 || inRow < limit) return false;
      stoppedAt ??= name;
      return true;
    },
  };
}
