/** Time limits of running calls, all ended together when the extension stops. */
import type { Timers } from "@dispatch/kernel";

export interface Deadline {
  /** Aborted when the call is, when its time is over, and when the extension stops. */
  readonly signal: AbortSignal;
  /** The time was over first. */
  passed(): boolean;
  /** Forgets the timer and the listeners. To be called in every case. */
  end(): void;
}

export interface Deadlines {
  /** `ms` from now, for a call with this signal. */
  start(signal: AbortSignal, ms: number): Deadline;
  /** Aborts every call that still runs. */
  stopAll(): void;
}

export function createDeadlines(after: Timers["after"]): Deadlines {
  const running = new Set<AbortController>();
  return {
    start(signal, ms) {
      const controller = new AbortController();
      const late = new Error(`More than ${ms} ms passed.`);
      const onAbort = () => controller.abort(signal.reason);
      const cancel = after(ms, () => controller.abort(late));
      signal.addEventListener("abort", onAbort);
      if (signal.aborted) onAbort();
      running.add(controller);
      return {
        signal: controller.signal,
        passed: () => controller.signal.reason === late,
        end() {
          cancel();
          signal.removeEventListener("abort", onAbort);
          running.delete(controller);
        },
      };
    },
    stopAll() {
      for (const controller of running) controller.abort(new Error("The extension tools-fs was stopped."));
    },
  };
}
