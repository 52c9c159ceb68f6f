/** `@dispatch/kernel/host`: runs extensions. For programs that embed Dispatch; an extension needs `@dispatch/kernel` only. */
export { type HostClock, longestDelay } from "../bus/deadline.ts";
export type { Fault } from "../bus/fault.ts";
export { nearest } from "../text/nearest.ts";
export { createRedaction } from "../text/redact.ts";
export { createHost } from "./create-host.ts";
export { checkManifest, type ManifestIssue } from "./manifest-check.ts";
export type {
  BootReport,
  ExtensionSource,
  Host,
  HostLogEntry,
  HostOptions,
  LogLevel,
  Problem,
} from "./options.ts";
