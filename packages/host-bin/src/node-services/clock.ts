/** Time and timers of the kernel, from Node. */

export interface NodeClock {
  /** Unix ms. */
  now(): number;
  /** Calls once; the answer cancels. */
  after(ms: number, run: () => void): () => void;
}

export const nodeClock: NodeClock = Object.freeze({
  now: Date.now,
  after(ms: number, run: () => void) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
});
