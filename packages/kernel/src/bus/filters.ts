/**
 * Filters: a value goes through handlers one after the other. Each has the deadline of the filter's definition; what
 * happens after a fault is the definition's policy: `skip` goes on with the value before it, `fail` rejects.
 */
import type { FilterHandle } from "../contracts/handles.ts";
import type { Dispose, FilterOrder } from "../contracts/host-api.ts";
import { type HostClock, isThenable, onAbort, withDeadline } from "./deadline.ts";
import { type FaultSink, messageOf } from "./fault.ts";
import { orderHandlers } from "./filter-order.ts";

export type FilterHandler = (value: unknown, context: { signal: AbortSignal }) => unknown;

interface Entry {
  readonly extensionId: string;
  readonly order: FilterOrder;
  readonly handler: FilterHandler;
  /** Calls back when the extension stops: a pending handler is not waited for then. */
  readonly onStop: (run: (reason: Error) => void) => Dispose;
}

/** Id and definition of a filter, whatever its value. */
export type FilterDefinition = Pick<FilterHandle, "id" | "onError" | "timeoutMs">;

export interface FilterBusOptions {
  readonly clock: HostClock;
  readonly fault: FaultSink;
  readonly isBefore: (a: string, b: string) => boolean;
  readonly rank: (extensionId: string) => number;
  /** Activates lazy extensions that take part, except the caller; undefined when there are none. Never rejects. */
  readonly wake: (filterId: string, callerId: string) => Promise<unknown> | undefined;
}

export interface FilterBus {
  add(filterId: string, entry: Entry): Dispose;
  /** Rejects with the signal's reason, or when the policy is `fail` and a handler failed. */
  apply(filter: FilterDefinition, callerId: string, value: unknown, signal?: AbortSignal): Promise<unknown>;
  labels(): string[];
}

export function createFilters(options: FilterBusOptions): FilterBus {
  const { clock, fault, isBefore, rank, wake } = options;
  const entries = new Map<string, Set<Entry>>();

  async function runOne(
    filter: FilterDefinition,
    entry: Entry,
    value: unknown,
    signal: AbortSignal | undefined,
  ) {
    const controller = new AbortController();
    const abort = (reason: unknown): void => controller.abort(reason);
    const undo = [entry.onStop(abort), signal && onAbort(signal, () => abort(signal.reason))];
    try {
      const result = entry.handler(value, { signal: controller.signal });
      const late = () => new Error(`the handler did not finish within ${filter.timeoutMs} ms`);
      const settled = isThenable(result)
        ? await withDeadline(clock, result, { ms: filter.timeoutMs, late, signals: [controller.signal] })
        : result;
      if (lostValue(value, settled))
        throw new Error("the handler returned nothing: forgot to return the value?");
      return settled;
    } catch (error) {
      controller.abort(error);
      throw error;
    } finally {
      for (const each of undo) each?.();
    }
  }

  return {
    add(filterId, entry) {
      const set = entries.get(filterId) ?? new Set();
      entries.set(filterId, set.add(entry));
      return () => {
        set.delete(entry);
        if (set.size === 0 && entries.get(filterId) === set) entries.delete(filterId);
      };
    },
    async apply(filter, callerId, initial, signal) {
      await wake(filter.id, callerId);
      let value = initial;
      for (const entry of orderHandlers([...(entries.get(filter.id) ?? [])], isBefore, rank)) {
        signal?.throwIfAborted();
        if (!entries.get(filter.id)?.has(entry)) continue; // removed while an earlier handler ran
        try {
          value = await runOne(filter, entry, value, signal);
        } catch (error) {
          signal?.throwIfAborted();
          fault(entry.extensionId, `filter ${filter.id}`, error);
          if (filter.onError === "skip") continue;
          const reason = `the filter "${filter.id}" failed in the extension "${entry.extensionId}": ${messageOf(error)}`;
          throw new Error(reason, { cause: error });
        }
      }
      return value;
    },
    labels: () =>
      [...entries].flatMap(([id, set]) => [...set].map((entry) => `${entry.extensionId}: filter ${id}`)),
  };
}

/** A handler that forgot its `return`, or gave something else in place of an object. */
function lostValue(before: unknown, after: unknown): boolean {
  const wasObject = typeof before === "object" && before !== null;
  return wasObject
    ? typeof after !== "object" || after === null
    : after === undefined && before !== undefined;
}
