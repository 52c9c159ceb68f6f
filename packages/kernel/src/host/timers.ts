/** Timers of a scope: all cancelled when it stops; what their callbacks do wrong is a fault of the extension. */

import { afterAnyDelay, type HostClock, onAbort } from "../bus/deadline.ts";
import type { Dispose, Timers } from "../contracts/host-api.ts";
import type { Scope } from "./scope.ts";

export function createTimers(
  scope: Scope,
  clock: HostClock,
  fault: (where: string, error: unknown) => void,
): Timers {
  async function runSafely(run: () => void | Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      fault("timer", error);
    }
  }

  function after(delayMs: number, run: () => void): Dispose {
    scope.assertOpen();
    const cancel = afterAnyDelay(clock, delayMs, () => {
      done();
      run();
    });
    const done = scope.add("timer", cancel);
    return done;
  }

  return {
    after: (delayMs, run) => after(delayMs, () => void runSafely(run)),
    every(intervalMs, run) {
      // The next run is counted from the end of the one before, so runs never overlap.
      let cancel = after(intervalMs, tick);
      let cancelled = false;
      function tick(): void {
        void runSafely(run).then(() => {
          if (!cancelled && scope.state() === "open") cancel = after(intervalMs, tick);
        });
      }
      return () => {
        cancelled = true;
        cancel();
      };
    },
    sleep(delayMs, signal) {
      return new Promise<void>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const undo: Dispose[] = [];
        const settle = (run: () => void) => {
          for (const each of undo.splice(0)) each();
          run();
        };
        undo.push(after(delayMs, () => settle(resolve)));
        if (signal) undo.push(onAbort(signal, () => settle(() => reject(signal.reason))));
        undo.push(scope.onStop((reason) => settle(() => reject(reason))));
      });
    },
  };
}
