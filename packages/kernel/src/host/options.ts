/** What the host program hands in, and what it gets back. The kernel itself has no clock, no I/O and no libraries. */

import type { HostClock } from "../bus/deadline.ts";
import type { Fault } from "../bus/fault.ts";
import type { Extension } from "../contracts/extension.ts";
import type { ExtensionInfo, HostAPI, Trust } from "../contracts/host-api.ts";
import type { Capability, Manifest } from "../contracts/manifest.ts";
import type { Redaction } from "../contracts/redaction.ts";
import type { CompileSchema } from "../contracts/schema.ts";

/** Where an extension comes from. Its manifest is known before any of its code runs. */
export interface ExtensionSource {
  readonly manifest: Manifest;
  readonly trust: Trust;
  /** Loads its code. Called once per start, and again by `reload`. */
  load(): Promise<Extension> | Extension;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface HostLogEntry {
  readonly level: LogLevel;
  readonly extensionId: string;
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

export interface HostOptions {
  /** Provided to everybody as the service `redaction`. */
  readonly redaction?: Redaction | undefined;
  readonly clock: HostClock;
  readonly log: (entry: HostLogEntry) => void;
  readonly compileSchema: CompileSchema;
  /** Semver: is the version in the range? */
  readonly satisfies: (version: string, range: string) => boolean;
  /** Undefined when the secret is not there. */
  readonly secrets: { resolve(reference: string, extensionId: string): string | undefined };
  /** Settings of the extension as configured; undefined counts as `{}`. */
  readonly settings: (extensionId: string) => unknown;
  /** Why the user wants this extension off; undefined when it is wanted. */
  readonly disabled?: (extensionId: string) => string | undefined;
  /** Default: everything the manifest asks for. */
  readonly granted?: (extensionId: string, trust: Trust) => readonly Capability[] | "all";
  readonly onFault?: (fault: Fault) => void;
  /** Time for loading an extension's code, and again for its `activate`: 10,000 ms. */
  readonly activationTimeoutMs?: number;
  /** Time for undoing all that one extension registered: 5,000 ms. */
  readonly stopTimeoutMs?: number;
  /** Time for one handler of an event: 30,000 ms. */
  readonly eventTimeoutMs?: number;
}

/** Something wrong with an extension. An `error` keeps it from running, a `warning` does not. */
export interface Problem {
  readonly extensionId: string;
  readonly severity: "error" | "warning";
  readonly message: string;
}

export interface BootReport {
  readonly extensions: readonly ExtensionInfo[];
  /** All problems at once. */
  readonly problems: readonly Problem[];
  readonly durationMs: number;
}

export interface Host extends Pick<HostAPI, "get" | "find" | "load" | "list" | "watch"> {
  /** Before `start`. Of two with one id the first is kept. */
  add(source: ExtensionSource): void;
  /** Orders and activates. Never rejects because of an extension: what cannot run is in the report. */
  start(): Promise<BootReport>;
  /** Stops all, dependents before what they depend on. `start` may follow. */
  stop(): Promise<void>;
  /**
   * Restarts one extension and what depends on it, with new code when `source` (default: the old one) loads some.
   * Rejects, and leaves the old code running, when the new cannot be loaded or activated.
   */
  reload(extensionId: string, source?: ExtensionSource): Promise<void>;
  /**
   * Counts a fault that the program saw where no call of the host was on the way: a throw in a stray timer, a garbage
   * answer. `where` says what was running. Never throws.
   */
  fault(extensionId: string, where: string, error: unknown): void;
  extensions(): readonly ExtensionInfo[];
  /** The boot report as a tree for people. */
  report(): string;
  /** Labels of all that is registered now; empty after `stop`. */
  leaks(): string[];
}
