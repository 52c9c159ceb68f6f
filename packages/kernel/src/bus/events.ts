/**
 * Events: handlers run apart from who emits and from each other. A throwing, rejecting or late handler is a fault of
 * its extension and of nobody else. One handler gets the events of an emitter in their order.
 */
import type { Dispose } from "../contracts/host-api.ts";
import { type HostClock, isThenable, withDeadline } from "./deadline.ts";
import type { FaultSink } from "./fault.ts";

export type EventHandler = (payload: unknown) => unknown;

interface Entry {
  readonly extensionId: string;
  readonly handler: EventHandler;
}

export interface EventBusOptions {
  readonly clock: HostClock;
  readonly fault: FaultSink;
  /** Time a handler may take, in ms. */
  readonly timeoutMs: number;
  /** Activates lazy listeners of the event and gives their ids; undefined when there are none. Never rejects. */
  readonly wake: (eventId: string) => Promise<readonly string[]> | undefined;
}

export interface EventBus {
  on(eventId: string, extensionId: string, handler: EventHandler): Dispose;
  /** Never throws, never waits. `to`: only these extensions hear it. */
  emit(eventId: string, payload: unknown, to?: ReadonlySet<string>): void;
  /** What is registered, for leak reports. */
  labels(): string[];
}

export function createEvents(options: EventBusOptions): EventBus {
  const { clock, fault, timeoutMs, wake } = options;
  const entries = new Map<string, Set<Entry>>();
  const current = (eventId: string): readonly Entry[] => [...(entries.get(eventId) ?? [])];

  function run(eventId: string, entry: Entry, payload: unknown): void {
    if (!entries.get(eventId)?.has(entry)) return; // removed since the event was emitted
    const where = `event ${eventId}`;
    try {
      const result = entry.handler(payload);
      if (!isThenable(result)) return;
      const late = () => new Error(`the handler did not finish within ${timeoutMs} ms`);
      withDeadline(clock, result, { ms: timeoutMs, late }).catch((error) =>
        fault(entry.extensionId, where, error),
      );
    } catch (error) {
      fault(entry.extensionId, where, error);
    }
  }

  return {
    on(eventId, extensionId, handler) {
      const entry = { extensionId, handler };
      const set = entries.get(eventId) ?? new Set();
      entries.set(eventId, set.add(entry));
      return () => {
        set.delete(entry);
        if (set.size === 0 && entries.get(eventId) === set) entries.delete(eventId);
      };
    },
    emit(eventId, payload, to) {
      const now = current(eventId).filter(({ extensionId }) => to?.has(extensionId) ?? true);
      const woken = to ? undefined : wake(eventId);
      if (now.length > 0) {
        void Promise.resolve().then(() => {
          for (const entry of now) run(eventId, entry, payload);
        });
      }
      // A lazy listener hears the event that woke it.
      void woken?.then((ids) => {
        for (const entry of current(eventId))
          if (ids.includes(entry.extensionId)) run(eventId, entry, payload);
      });
    },
    labels: () =>
      [...entries].flatMap(([eventId, set]) =>
        [...set].map((entry) => `${entry.extensionId}: event ${eventId}`),
      ),
  };
}
