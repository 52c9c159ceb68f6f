/** What the parts of one running host share: entries, plan, registries, and the ways into them. */
import type { EventBus } from "../bus/events.ts";
import type { FaultSink } from "../bus/fault.ts";
import type { FilterBus } from "../bus/filters.ts";
import type { Points } from "../bus/points.ts";
import type { Services } from "../bus/services.ts";
import type { ExtensionInfo } from "../contracts/host-api.ts";
import type { Entry } from "./entry.ts";
import type { HostOptions, LogLevel } from "./options.ts";
import type { Plan } from "./order.ts";

export type LogSink = (
  level: LogLevel,
  extensionId: string,
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

/** Options with their defaults. */
export type Settled = Omit<HostOptions, "activationTimeoutMs" | "stopTimeoutMs" | "eventTimeoutMs"> & {
  readonly activationTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly eventTimeoutMs: number;
};

export interface Runtime {
  readonly options: Settled;
  readonly log: LogSink;
  readonly fault: FaultSink;
  readonly entries: ReadonlyMap<string, Entry>;
  plan(): Plan;
  readonly events: EventBus;
  readonly filters: FilterBus;
  readonly points: Points;
  readonly services: Services;
  /** Activates one extension and what it needs. Never rejects: the outcome is in its state. */
  activate(entry: Entry): Promise<void>;
  extensions(): readonly ExtensionInfo[];
  /** To be called when an extension's row is another: announces `extensionsChanged`, once for all changes of one tick. */
  changed(): void;
  isStopping(): boolean;
}
