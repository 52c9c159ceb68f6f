/** The real host on a fake clock, for tests of extensions: nothing of the host is faked but time and the log. */

import type { Fault } from "../bus/fault.ts";
import type { Extension } from "../contracts/extension.ts";
import type { Trust } from "../contracts/host-api.ts";
import type { Capability } from "../contracts/manifest.ts";
import { createHost } from "../host/create-host.ts";
import type { ExtensionSource, Host, HostLogEntry, HostOptions } from "../host/options.ts";
import { type FakeClock, fakeClock } from "./fake-clock.ts";
import { testCompileSchema } from "./schema.ts";
import { testSatisfies } from "./semver.ts";

export interface TestHostOptions
  extends Partial<
    Pick<
      HostOptions,
      "activationTimeoutMs" | "stopTimeoutMs" | "eventTimeoutMs" | "compileSchema" | "satisfies"
    >
  > {
  /** Added in this order, as bundled ones unless given as a source. */
  readonly extensions?: readonly (Extension | ExtensionSource)[];
  /** By extension id. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Reason by extension id. */
  readonly disabled?: Readonly<Record<string, string>>;
  /** By extension id; absent: all. */
  readonly granted?: Readonly<Record<string, readonly Capability[]>>;
  /** By reference as it is asked for, e.g. `env:OPENAI_API_KEY`. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly clock?: FakeClock;
}

export interface TestHost extends Host {
  readonly clock: FakeClock;
  readonly logs: readonly HostLogEntry[];
  readonly faults: readonly Fault[];
}

/**
 * Makes a host with everything injected. `start()` it, and end each test with `stop()` and `expectNoLeaks`.
 * @example
 * const host = createTestHost({ extensions: [hello] });
 * await host.start();
 * expect(host.list(tools)).toHaveLength(1);
 * await host.stop();
 * expectNoLeaks(host);
 */
export function createTestHost(options: TestHostOptions = {}): TestHost {
  const clock = options.clock ?? fakeClock();
  const logs: HostLogEntry[] = [];
  const faults: Fault[] = [];
  const { activationTimeoutMs, stopTimeoutMs, eventTimeoutMs } = options;
  const host = createHost({
    clock,
    log: (entry) => void logs.push(entry),
    onFault: (fault) => void faults.push(fault),
    compileSchema: options.compileSchema ?? testCompileSchema,
    satisfies: options.satisfies ?? testSatisfies,
    secrets: { resolve: (reference) => options.secrets?.[reference] },
    settings: (id) => options.settings?.[id],
    disabled: (id) => options.disabled?.[id],
    granted: (id) => options.granted?.[id] ?? "all",
    ...(activationTimeoutMs === undefined ? {} : { activationTimeoutMs }),
    ...(stopTimeoutMs === undefined ? {} : { stopTimeoutMs }),
    ...(eventTimeoutMs === undefined ? {} : { eventTimeoutMs }),
  });
  for (const each of options.extensions ?? []) host.add("load" in each ? each : sourceOf(each));
  return Object.assign(host, { clock, logs, faults });
}

/** A source that loads the given extension. */
export const sourceOf = (extension: Extension, trust: Trust = "bundled"): ExtensionSource => ({
  manifest: extension.manifest,
  trust,
  load: () => extension,
});

/** Throws, naming all that is still registered. For after `stop`. */
export function expectNoLeaks(host: Pick<Host, "leaks">): void {
  const labels = host.leaks();
  if (labels.length > 0)
    throw new Error(`still registered after stop:\n${labels.map((label) => `  ${label}`).join("\n")}`);
}
