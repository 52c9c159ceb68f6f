/** A gate for work that must not all happen at once. */

/** Runs at most so many jobs at once; the others wait in order. */
export type Gate = <T>(job: () => Promise<T>) => Promise<T>;

export function createGate(limit: number): Gate {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (job) => {
    if (running >= limit) await new Promise<void>((go) => waiting.push(go));
    else running++;
    try {
      return await job();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
