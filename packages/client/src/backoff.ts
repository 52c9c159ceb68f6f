/** How long to wait before the next attempt to connect: doubling, with jitter, up to a limit. */

export interface BackoffOptions {
  /** First delay in ms. Default 1,000. */
  readonly firstMs?: number;
  /** Longest delay in ms. Default 30,000. */
  readonly maxMs?: number;
  /** In [0, 1). Default `Math.random`. */
  readonly random?: () => number;
}

export interface Backoff {
  /** The next delay in ms: between half and all of 1 s, 2 s, 4 s … 30 s. */
  next(): number;
  /** Starts over: the connection worked. */
  reset(): void;
}

export function createBackoff({
  firstMs = 1_000,
  maxMs = 30_000,
  random = Math.random,
}: BackoffOptions = {}): Backoff {
  let attempt = 0;
  return {
    next() {
      const whole = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30));
      attempt += 1;
      return Math.round(whole / 2 + (whole / 2) * random());
    },
    reset() {
      attempt = 0;
    },
  };
}
