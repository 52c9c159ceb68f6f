/** Makes the HostAPI of one activation: every verb checked against the manifest, every effect owned by the scope. */
import type { EventHandler } from "../bus/events.ts";
import type { FilterDefinition, FilterHandler } from "../bus/filters.ts";
import type { HostAPI } from "../contracts/host-api.ts";
import { assertDeclared, assertPointDeclared, type Deliveries } from "./declared.ts";
import type { Entry } from "./entry.ts";
import { assertCapability } from "./gate.ts";
import { createLogger } from "./logger.ts";
import type { Lookup } from "./lookup.ts";
import type { Runtime } from "./runtime.ts";
import type { Scope } from "./scope.ts";
import { createStorage } from "./storage.ts";
import { createTimers } from "./timers.ts";

export interface ApiOptions {
  readonly entry: Entry;
  readonly scope: Scope;
  readonly runtime: Runtime;
  readonly lookup: Lookup;
  readonly deliveries: Deliveries;
}

/** A handle of any kind: the compiler has checked its types where it was used. */
interface AnyHandle {
  readonly id: string;
}

export function createHostApi({ entry, scope, runtime, lookup, deliveries }: ApiOptions): HostAPI {
  const { id, manifest } = entry;
  const { options, events, filters, points, services, log } = runtime;
  const { clock, granted, secrets } = options;
  const fault = (where: string, error: unknown) => runtime.fault(id, where, error);

  const api: { [Verb in keyof HostAPI]: unknown } = {
    id,
    log: createLogger(id, log),
    signal: scope.signal,
    settings: entry.settings,
    now: () => clock.now(),
    timers: createTimers(scope, clock, fault),
    onDispose: (label: string, undo: () => void | Promise<void>) => void scope.add(label, undo),

    contribute(point: AnyHandle, name: string, value: unknown) {
      scope.assertOpen();
      assertPointDeclared(manifest, point.id, name);
      const undo = points.add(point.id, { name, value, extensionId: id });
      deliveries.point(point.id, name);
      return scope.add(`point ${point.id}/${name}`, undo);
    },
    list: (point: AnyHandle) => points.list(point.id),
    watch(point: AnyHandle, changed: () => void) {
      scope.assertOpen();
      return scope.add(`watch ${point.id}`, points.watch(point.id, { extensionId: id, changed }));
    },

    provide(service: AnyHandle & { readonly version: string }, value: unknown) {
      scope.assertOpen();
      assertDeclared(manifest, "services", service.id);
      const undo = services.add(service.id, { extensionId: id, value, version: service.version });
      deliveries.other("services", service.id);
      return scope.add(`service ${service.id}`, undo);
    },
    get: (service: AnyHandle) => lookup.get(service.id),
    find: (service: AnyHandle) => lookup.find(service.id),
    load: (service: AnyHandle) => lookup.load(service.id, id),

    on(event: AnyHandle, handler: EventHandler) {
      scope.assertOpen();
      assertDeclared(manifest, "listens.events", event.id);
      deliveries.other("listens.events", event.id);
      return scope.add(`event ${event.id}`, events.on(event.id, id, handler));
    },
    emit(event: AnyHandle, payload: unknown) {
      assertDeclared(manifest, "events", event.id);
      events.emit(event.id, payload);
    },
    filter(filter: AnyHandle, handler: FilterHandler, order: "early" | "normal" | "late" = "normal") {
      scope.assertOpen();
      assertDeclared(manifest, "listens.filters", filter.id);
      deliveries.other("listens.filters", filter.id);
      const undo = filters.add(filter.id, { extensionId: id, order, handler, onStop: scope.onStop });
      return scope.add(`filter ${filter.id}`, undo);
    },
    apply(filter: FilterDefinition, value: unknown, signal?: AbortSignal) {
      assertDeclared(manifest, "filters", filter.id);
      return filters.apply(filter, id, value, signal);
    },

    storage: createStorage({
      namespace: id,
      check: () => assertCapability(entry, "storage", granted),
      loadService: (serviceId) => lookup.load(serviceId, id),
    }),
    secrets: {
      resolve(reference: string) {
        assertCapability(entry, "secrets", granted);
        return secrets.resolve(reference, id);
      },
    },
    extensions: () => runtime.extensions(),
  };
  // The verbs' generics are for the compiler only; at run time a handle is its id.
  return Object.freeze(api) as unknown as HostAPI;
}
