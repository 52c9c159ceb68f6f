/**
 * Scope: owns everything an extension registered. Each registration has a label and its undo; stopping undoes them
 * last to first, and what is left is what leaked.
 */

import { type HostClock, isThenable, withDeadline } from "../bus/deadline.ts";
import type { Dispose } from "../contracts/host-api.ts";

export type Undo = () => unknown;

export interface Scope {
  readonly owner: string;
  /** Aborted first of all when the scope is disposed. */
  readonly signal: AbortSignal;
  /**
   * Calls back once when the signal aborts, at once when it has. For what there is any number of at once: a signal with more
   * than ten listeners is taken for a leak by the runtime.
   */
  onStop(run: (reason: Error) => void): Dispose;
  /** `open` takes registrations; `closing` undoes them; `closed` is over. */
  state(): "open" | "closing" | "closed";
  /** Throws unless open. */
  assertOpen(): void;
  /** Takes over an undo. When no longer open, undoes at once and throws: nothing is left behind by late code. */
  add(label: string, undo: Undo): Dispose;
  /** Undoes all, last first; a promise is waited for while time is left. Repeated calls give the same promise. */
  dispose(): Promise<void>;
  labels(): string[];
}

export interface ScopeOptions {
  readonly owner: string;
  readonly clock: HostClock;
  /** For the whole disposal, in ms. */
  readonly timeoutMs: number;
  readonly fault: (where: string, error: unknown) => void;
}

export function createScope({ owner, clock, timeoutMs, fault }: ScopeOptions): Scope {
  const entries = new Set<{ readonly label: string; readonly undo: Undo }>();
  const controller = new AbortController();
  const atStop = new Set<(reason: Error) => void>();
  let state: "open" | "closing" | "closed" = "open";
  let disposal: Promise<void> | undefined;
  const stopped = () => new Error(`the extension "${owner}" is stopped`);

  /** An entry counts as registered until its undo is through. */
  async function undo(
    entry: { readonly label: string; readonly undo: Undo },
    deadline: number,
  ): Promise<void> {
    try {
      const result = entry.undo();
      if (isThenable(result)) {
        const finished = result.then(() => entries.delete(entry));
        const late = () => new Error(`was not undone within ${timeoutMs} ms`);
        await withDeadline(clock, finished, { ms: Math.max(0, deadline - clock.now()), late });
      }
      entries.delete(entry);
    } catch (error) {
      fault(`undo of ${entry.label}`, error);
    }
  }

  async function disposeAll(): Promise<void> {
    state = "closing";
    const reason = stopped();
    controller.abort(reason);
    for (const run of atStop) run(reason);
    const deadline = clock.now() + timeoutMs;
    for (const entry of [...entries].reverse()) {
      if (entries.has(entry)) await undo(entry, deadline);
    }
    state = "closed";
  }

  return {
    owner,
    signal: controller.signal,
    onStop(run) {
      if (state !== "open") {
        run(stopped());
        return () => undefined;
      }
      const each = (reason: Error): void => {
        atStop.delete(each);
        run(reason);
      };
      atStop.add(each);
      return () => atStop.delete(each);
    },
    state: () => state,
    assertOpen() {
      if (state !== "open") throw stopped();
    },
    add(label, run) {
      const entry = { label: `${owner}: ${label}`, undo: run };
      entries.add(entry);
      if (state !== "open") {
        void undo(entry, clock.now() + timeoutMs);
        throw stopped();
      }
      return () => {
        if (!entries.delete(entry)) return;
        void undo(entry, clock.now() + timeoutMs);
      };
    },
    dispose() {
      disposal ??= disposeAll();
      return disposal;
    },
    labels: () => [...entries].map((entry) => entry.label),
  };
}
