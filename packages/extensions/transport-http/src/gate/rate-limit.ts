/** How often something may happen, by key: token buckets, as many as there are busy keys and never more than a bound. */

export interface RateLimitOptions {
  /** At once, and again in each window. */
  readonly limit: number;
  readonly windowMs: number;
  /** Keys remembered; beyond them those not used longest are forgotten. Default 10,000. */
  readonly maxKeys?: number;
  /** Unix ms. */
  readonly now: () => number;
}

export interface RateLimit {
  /** Ms to wait until one may be taken; 0: now. */
  wait(key: string): number;
  /** Takes one if there is one; else gives the ms to wait for the next. */
  take(key: string): number;
}

/**
 * A bucket is kept as the time at which it is full again, so an idle key costs nothing to bring up to date.
 * @example
 * const limit = createRateLimit({ limit: 50, windowMs: 60_000, now });
 * if (limit.take(address) > 0) refuse();
 */
export function createRateLimit({ limit, windowMs, maxKeys = 10_000, now }: RateLimitOptions): RateLimit {
  const perOne = windowMs / limit;
  const fullAt = new Map<string, number>(); // in order of use, oldest first
  // A clock set back must not lock anybody out for longer than a window.
  const filled = (key: string, time: number): number =>
    Math.min(Math.max(fullAt.get(key) ?? time, time), time + windowMs);
  const waitAt = (key: string, time: number): number =>
    Math.max(0, Math.ceil(filled(key, time) + perOne - windowMs - time));

  return {
    wait: (key) => waitAt(key, now()),
    take(key) {
      const time = now();
      const wait = waitAt(key, time);
      if (wait > 0) return wait;
      const full = filled(key, time) + perOne;
      fullAt.delete(key);
      fullAt.set(key, full);
      for (const oldest of fullAt.keys()) {
        if (fullAt.size <= maxKeys) break;
        fullAt.delete(oldest);
      }
      return 0;
    },
  };
}
