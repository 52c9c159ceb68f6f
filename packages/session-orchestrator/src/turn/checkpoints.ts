/** Checkpoints of growing text: at most so many ms or so much text late, never one write per delta. */
import type { Dispose } from "@dispatch/kernel";

export interface Checkpoints {
  /** So much text came. */
  grown(length: number): void;
  stop(): void;
}

export function createCheckpoints(
  limits: { readonly checkpointMs: number; readonly checkpointBytes: number },
  after: (ms: number, run: () => void) => Dispose,
  save: () => void,
): Checkpoints {
  let pending = 0;
  let cancel: Dispose | undefined;
  const saveNow = (): void => {
    cancel?.();
    cancel = undefined;
    pending = 0;
    save();
  };
  return {
    grown(length) {
      pending += length;
      if (pending >= limits.checkpointBytes) saveNow();
      else cancel ??= after(limits.checkpointMs, saveNow);
    },
    stop() {
      cancel?.();
      cancel = undefined;
    },
  };
}
