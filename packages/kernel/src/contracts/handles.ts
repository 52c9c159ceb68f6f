/**
 * Handles: frozen data that name an event, a filter, a service or a point. An extension imports a handle to use it;
 * nothing but the id is compared at run time, so two copies of a package still meet.
 *
 * The phantom `"~t"` is a function type, hence invariant in T: a handle of a wider payload is not taken for a narrower one.
 */

/** Id of a handle: `owner/name`, or a bare name for the kernel's own points. */
export type HandleId = string;

interface Handle<Kind extends string, Id extends HandleId, T> {
  readonly kind: Kind;
  readonly id: Id;
  /** Never set: carries T for the compiler. */
  readonly "~t"?: (x: T) => T;
}

/** Something that happened; only its owner emits it. Past tense: `turnSettled`. */
export type EventHandle<Id extends HandleId = HandleId, T = never> = Handle<"event", Id, T>;

/** What to do when a handler of a filter throws, rejects or is late: go on without it, or fail what was filtered. */
export type FilterPolicy = "skip" | "fail";

export interface FilterOptions {
  onError: FilterPolicy;
  /** Time one handler may take, in ms. */
  timeoutMs: number;
}

/** A value that others may change on its way, in dependency order. Named by a verb: `planTurn`. */
export interface FilterHandle<Id extends HandleId = HandleId, T = never>
  extends Handle<"filter", Id, T>,
    Readonly<FilterOptions> {}

/** One implementation, provided by one extension, used by many. */
export interface ServiceHandle<Id extends HandleId = HandleId, T = never> extends Handle<"service", Id, T> {
  /** Version of the interface, compared with the ranges in `dependsOn`. */
  readonly version: string;
}

/** Named contributions by many extensions, read by the owner. Plural: `tools`, `routes`. */
export type PointHandle<Id extends HandleId = HandleId, T = never> = Handle<"point", Id, T>;

/** The payload of any handle. */
export type PayloadOf<H> = H extends { readonly "~t"?: (x: infer T) => unknown } ? T : never;

/** `defineEvent<{ turnId: string }>()("session-orchestrator/turnSettled")` keeps the id literal and T explicit. */
export const defineEvent =
  <T>() =>
  <const Id extends HandleId>(id: Id): EventHandle<Id, T> =>
    Object.freeze({ kind: "event", id });

export const defineFilter =
  <T>() =>
  <const Id extends HandleId>(id: Id, options: FilterOptions): FilterHandle<Id, T> =>
    Object.freeze({ kind: "filter", id, ...options });

/** `version` is that of the interface, default 1.0.0. */
export const defineService =
  <T>() =>
  <const Id extends HandleId>(id: Id, options: { version?: string } = {}): ServiceHandle<Id, T> =>
    Object.freeze({ kind: "service", id, version: options.version ?? "1.0.0" });

export const definePoint =
  <T>() =>
  <const Id extends HandleId>(id: Id): PointHandle<Id, T> =>
    Object.freeze({ kind: "point", id });
