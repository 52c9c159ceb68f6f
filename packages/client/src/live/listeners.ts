/** Listeners of one thing. What one of them throws is thrown outside: it must not look like a failed connection. */

export interface Listeners<T> {
  /** Gives the undo. */
  add(listener: (value: T) => void): () => void;
  tell(value: T): void;
  clear(): void;
}

export function createListeners<T>(): Listeners<T> {
  const all = new Set<(value: T) => void>();
  return {
    add(listener) {
      const own = (value: T) => listener(value);
      all.add(own);
      return () => void all.delete(own);
    },
    tell(value) {
      for (const listener of [...all]) if (all.has(listener)) outside(() => listener(value));
    },
    clear: () => all.clear(),
  };
}

/** Runs code that is not ours. Its error is one that nobody caught, as that of any event listener. */
export function outside(run: () => void): void {
  try {
    run();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
