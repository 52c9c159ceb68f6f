/** Extensions in one line for the kernel's own tests, their host as loose as a plain JavaScript author's. */
import { defineExtension, type Extension } from "../contracts/extension.ts";
import type { HostAPI } from "../contracts/host-api.ts";
import type { Manifest } from "../contracts/manifest.ts";
import type { BootReport } from "../host/options.ts";
import { createTestHost, type TestHost, type TestHostOptions } from "./test-host.ts";

// biome-ignore lint/suspicious/noExplicitAny: these tests call verbs in ways that do not compile
export type LooseHost = { [Verb in keyof HostAPI]: any };

/** Version 1.0.0 unless `part` says otherwise. */
export const extension = (
  id: string,
  part: Partial<Manifest> = {},
  activate: (host: LooseHost) => unknown = () => {},
): Extension =>
  defineExtension({ id, version: "1.0.0", apiVersion: "^1.0.0", ...part }, activate as Extension["activate"]);

/** `dependsOn` any version of each. */
export const dependsOn = (...ids: readonly string[]): Pick<Manifest, "dependsOn"> => ({
  dependsOn: Object.fromEntries(ids.map((id) => [id, "*"])),
});

export interface Booted {
  readonly host: TestHost;
  readonly report: BootReport;
  /** By id: `active`, `failed: boom` … */
  readonly states: Readonly<Record<string, string>>;
}

/** A test host that has started. */
export async function boot(
  extensions: NonNullable<TestHostOptions["extensions"]>,
  options: TestHostOptions = {},
): Promise<Booted> {
  const host = createTestHost({ extensions, ...options });
  const report = await host.start();
  const states = Object.fromEntries(
    report.extensions.map(({ id, state, reason }) => [
      id,
      reason === undefined ? state : `${state}: ${reason}`,
    ]),
  );
  return { host, report, states };
}
