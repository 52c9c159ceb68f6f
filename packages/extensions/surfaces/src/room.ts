/**
 * A room: one surface of one target with whoever looks at it. It watches, reads one at a time and not too often, and tells
 * what is another than before. Its extension may come, fail and go: the room says so and goes on.
 */
import type { Dispose, Timers } from "@dispatch/kernel";
import {
  type DispatchError,
  dispatchError,
  type Problem,
  type SurfaceState,
  toProblem,
} from "@dispatch/wire";
import type { Surface } from "./catalogue.ts";
import { checkState } from "./checked-state.ts";
import type { Guard } from "./guard.ts";
import type { SurfaceTarget } from "./ports.ts";

/** What the room shows: a state, or why there is none. */
export type Shown = { readonly revision: number } & (
  | { readonly state: SurfaceState; readonly error?: undefined }
  | { readonly state?: undefined; readonly error: Problem }
);

export interface RoomOptions {
  readonly target: SurfaceTarget;
  readonly guard: Guard;
  readonly timers: Pick<Timers, "after">;
  readonly now: () => number;
  readonly refreshMs: number;
  readonly readMs: number;
  /** Greater at every call. */
  readonly revision: () => number;
  /** It shows something else. */
  readonly changed: (shown: Shown) => void;
}

export interface Room {
  /** Reads, from now on, and resolves with what it then shows. Never rejects. */
  refresh(): Promise<Shown>;
  /** What it shows as last read. */
  readonly shown: Shown | undefined;
  /** When it shows an error: which. */
  readonly failure: unknown;
  /** The surface is another now, or gone: undefined. */
  bind(surface: Surface | undefined, gone: DispatchError): void;
  close(): void;
}

export function createRoom(surface: Surface, options: RoomOptions): Room {
  const { target, guard, timers, now, refreshMs, readMs } = options;
  let current: Surface | undefined;
  let gone: DispatchError | undefined;
  let unwatch: Dispose | undefined;
  let shown: Shown | undefined;
  /** JSON of what is shown. */
  let before: string | undefined;
  let failure: unknown;
  let running: Promise<Shown> | undefined;
  let next: Promise<Shown> | undefined;
  let begun = Number.NEGATIVE_INFINITY;
  let timer: Dispose | undefined;
  let closed = false;

  function show(json: string, what: { state: SurfaceState } | { error: Problem }): Shown {
    if (shown && json === before) return shown;
    before = json;
    shown = { revision: options.revision(), ...what };
    if (!closed) options.changed(shown);
    return shown;
  }

  async function read(): Promise<Shown> {
    for (;;) {
      begun = now();
      const asked = current;
      let failed: unknown;
      let outcome: { json: string; what: { state: SurfaceState } | { error: Problem } };
      try {
        if (!asked) throw gone ?? new Error("unreachable");
        const { definition } = asked;
        const { json, state } = await guard.run(asked, "read", readMs, async () =>
          checkState(await definition.read(target)),
        );
        outcome = { json, what: { state } };
      } catch (error) {
        failed = error;
        const problem = toProblem(error);
        outcome = { json: `error ${JSON.stringify(problem)}`, what: { error: problem } };
      }
      if (asked !== current) continue;
      failure = failed;
      return show(outcome.json, outcome.what);
    }
  }

  function begin(): Promise<Shown> {
    timer?.();
    timer = undefined;
    running = read().finally(() => {
      running = undefined;
    });
    return running;
  }

  function refresh(): Promise<Shown> {
    if (next !== undefined) return next;
    if (!running) return begin();
    next = running.then(() => {
      next = undefined;
      return begin();
    });
    return next;
  }

  /** Something else may be there: read at once, or when the last read is long enough ago. */
  function stale(): void {
    if (closed || timer || next) return;
    const waitMs = begun + refreshMs - now();
    if (waitMs <= 0) void refresh();
    else {
      timer = timers.after(waitMs, () => {
        timer = undefined;
        if (!closed) void refresh();
      });
    }
  }

  function undoWatch(): void {
    const undo = unwatch;
    unwatch = undefined;
    if (undo && current) guard.sync(current, "the undo of watch", undo);
  }

  function watch(next: Surface): void {
    current = next;
    const undo = guard.sync(next, "watch", () =>
      next.definition.watch(target, () => {
        if (current === next) stale();
      }),
    );
    if (typeof undo === "function") unwatch = undo;
  }

  watch(surface);
  return {
    refresh,
    get shown() {
      return shown;
    },
    get failure() {
      return failure;
    },
    bind(next, error) {
      if (next?.definition === current?.definition) return;
      undoWatch();
      current = undefined;
      gone = error;
      if (next) watch(next);
      void refresh();
    },
    close() {
      closed = true;
      timer?.();
      undoWatch();
      current = undefined;
      gone = dispatchError("surface-not-found", "Nobody looks at it any more.");
    },
  };
}
