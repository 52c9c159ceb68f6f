/** HostAPI: all an extension can do. Every verb's effect belongs to the extension's scope and is undone when it stops. */
import type { EventHandle, FilterHandle, PointHandle, ServiceHandle } from "./handles.ts";
import type { Manifest } from "./manifest.ts";
import type { Schema } from "./schema.ts";
import type { AnyTool, Tool } from "./tool.ts";

/** Undoes one registration; calling it again does nothing. */
export type Dispose = () => void;

export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Timers of a scope: all cancelled when it stops. Delays in ms. A throwing callback is a fault of the extension. */
export interface Timers {
  after(delayMs: number, run: () => void | Promise<void>): Dispose;
  every(intervalMs: number, run: () => void | Promise<void>): Dispose;
  /** Rejects with the signal's reason when aborted, and when the scope stops. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** Where a handler stands among those of unrelated extensions. */
export type FilterOrder = "early" | "normal" | "late";

/** A small namespaced store for the extension's own data. */
export interface Storage {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
  list(prefix?: string): Promise<readonly string[]>;
}

/** Secrets by name. Every value read is redacted from logs from then on. */
export interface Secrets {
  /** `env:NAME` reads the environment; anything else is the secret itself. Undefined when not there. */
  resolve(reference: string): string | undefined;
}

export interface Contribution<T> {
  readonly name: string;
  readonly value: T;
  readonly extensionId: string;
}

export type ExtensionState = "pending" | "active" | "lazy" | "failed" | "disabled" | "stopped";
export type Trust = "bundled" | "local" | "external";

/** A row of the boot report. */
export interface ExtensionInfo {
  readonly id: string;
  readonly version: string;
  readonly state: ExtensionState;
  readonly trust: Trust;
  readonly activation: "startup" | "lazy";
  /** Time its activation took. */
  readonly activationMs?: number | undefined;
  /** Why it failed or is disabled, with the fix. */
  readonly reason?: string | undefined;
  readonly dependsOn: readonly string[];
  /** Faults of its handlers since activation, and the last one. */
  readonly faults: number;
  readonly lastFault?: string | undefined;
}

type Names<T> = T extends readonly (infer N extends string)[] ? N : never;
type WithWildcard<N extends string> = N extends `${infer Prefix}*` ? `${Prefix}${string}` : N;
type PointIds<M extends Manifest> = M extends { contributes: { points: infer P } } ? keyof P & string : never;
type PointNames<M extends Manifest, Id extends string> = M extends { contributes: { points: infer P } }
  ? Id extends keyof P
    ? WithWildcard<Names<P[Id]>>
    : never
  : never;
type ProvidedIds<M extends Manifest> = M extends { contributes: { services: infer S } } ? Names<S> : never;
type OwnEvents<M extends Manifest> = M extends { contributes: { events: infer S } } ? Names<S> : never;
type OwnFilters<M extends Manifest> = M extends { contributes: { filters: infer S } } ? Names<S> : never;
type HeardEvents<M extends Manifest> = M extends { listens: { events: infer S } } ? Names<S> : never;
type HeardFilters<M extends Manifest> = M extends { listens: { filters: infer S } } ? Names<S> : never;

/** A tool's `execute` takes what its own `parameters` give; everything else is what the point says. */
type Contributed<T, S extends Schema> = [T] extends [AnyTool] ? Tool<S> : NoInfer<T>;

export interface HostAPI<M extends Manifest = Manifest, Settings = unknown> {
  readonly id: string;
  readonly log: Logger;
  /** Aborted when the extension stops. */
  readonly signal: AbortSignal;
  /** Checked against the manifest's schema, defaults filled in. */
  readonly settings: Settings;
  /** Unix time in ms. */
  now(): number;
  readonly timers: Timers;
  /** Runs when the extension stops, last registered first. `label` names it in leak reports. */
  onDispose(label: string, undo: () => void | Promise<void>): void;

  /** Adds a named contribution to a point. Declared in `contributes.points`. */
  contribute<Id extends PointIds<M>, T, S extends Schema>(
    point: PointHandle<Id, T>,
    name: PointNames<M, NoInfer<Id>>,
    value: Contributed<T, S>,
  ): Dispose;
  /**
   * What all active extensions contributed, in dependency order, then by name. The first call starts the activation of
   * lazy contributors, which are not in its answer: `watch` tells when they are there.
   */
  list<T>(point: PointHandle<string, T>): readonly Contribution<T>[];
  /** Calls back after contributions of the point changed. */
  watch<T>(point: PointHandle<string, T>, changed: () => void): Dispose;

  /** Provides a service. Declared in `contributes.services`. */
  provide<Id extends ProvidedIds<M>, T>(service: ServiceHandle<Id, T>, value: NoInfer<T>): Dispose;
  /** The service, or an error that names who could provide it. */
  get<T>(service: ServiceHandle<string, T>): T;
  /** The service if it is there now. */
  find<T>(service: ServiceHandle<string, T>): T | undefined;
  /** As `get`, and activates a lazy provider first. */
  load<T>(service: ServiceHandle<string, T>): Promise<T>;

  /** Hears an event. Declared in `listens.events`. */
  on<Id extends HeardEvents<M>, T>(
    event: EventHandle<Id, T>,
    handler: (payload: T) => void | Promise<void>,
  ): Dispose;
  /** Announces an own event. Handlers run apart from the caller; their faults are theirs. */
  emit<Id extends OwnEvents<M>, T>(event: EventHandle<Id, T>, payload: NoInfer<T>): void;
  /**
   * Takes part in a filter: returns the value it got, or a new one; never changes the one it got. Declared in
   * `listens.filters`.
   */
  filter<Id extends HeardFilters<M>, T>(
    filter: FilterHandle<Id, T>,
    handler: (value: T, context: { signal: AbortSignal }) => T | Promise<T>,
    order?: FilterOrder,
  ): Dispose;
  /** Runs an own filter. Rejects only when its policy is `fail` and a handler failed. */
  apply<Id extends OwnFilters<M>, T>(
    filter: FilterHandle<Id, T>,
    value: NoInfer<T>,
    signal?: AbortSignal,
  ): Promise<T>;

  /** Needs the capability `storage`. */
  readonly storage: Storage;
  /** Needs the capability `secrets`. */
  readonly secrets: Secrets;
  /** The boot report, live. */
  extensions(): readonly ExtensionInfo[];
}
