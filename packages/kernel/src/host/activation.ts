/**
 * Activation of one extension: after all it needs, with a deadline, whole or not at all. What a failed activation
 * registered is undone before anybody who waits for it goes on.
 */
import { withDeadline } from "../bus/deadline.ts";
import { messageOf } from "../bus/fault.ts";
import type { Extension } from "../contracts/extension.ts";
import { createDeliveries } from "./declared.ts";
import { type Entry, unusableOf } from "./entry.ts";
import { createHostApi } from "./host-api.ts";
import type { Lookup } from "./lookup.ts";
import type { ExtensionSource } from "./options.ts";
import type { Runtime, Settled } from "./runtime.ts";
import { createScope } from "./scope.ts";
import { needsReason } from "./unusable.ts";

export interface ActivationOptions {
  readonly runtime: Runtime;
  readonly lookup: Lookup;
  readonly warn: (extensionId: string, message: string) => void;
  /** A scope was opened; it is watched for leaks until closed. */
  readonly opened: (scope: ReturnType<typeof createScope>) => void;
}

/** Gives the function that activates. It never rejects: the outcome is the entry's state and reason. */
export function createActivation({
  runtime,
  lookup,
  warn,
  opened,
}: ActivationOptions): (entry: Entry) => Promise<void> {
  const { options, entries } = runtime;
  const { clock, activationTimeoutMs } = options;

  function settle(entry: Entry, state: Entry["state"], reason?: string): void {
    entry.state = state;
    entry.reason = reason;
    runtime.changed();
    if (reason !== undefined && state !== "stopped") runtime.log("error", entry.id, `${state}: ${reason}`);
  }

  /** Waits for all that comes first. Gives the reason why it cannot start. */
  async function dependenciesOf(entry: Entry): Promise<string | undefined> {
    const { requires, after, needs } = runtime.plan();
    const required = (requires.get(entry.id) ?? []).flatMap((id) => entries.get(id) ?? []);
    const first = (after.get(entry.id) ?? []).flatMap((id) => entries.get(id) ?? []);
    const ordered = first.filter((each) => each.state === "pending" || each.activation !== undefined);
    await Promise.all([...required, ...ordered].map(activate));
    const missing = required.find((each) => each.state !== "active");
    if (missing) {
      const root = rootOf(missing);
      return needsReason(root.entry.id, root.via, unusableOf(root.entry));
    }
    for (const { service, provider, range } of needs.get(entry.id) ?? []) {
      const version = runtime.services.find(service)?.version;
      if (version === undefined) return `needs the service "${service}", which "${provider}" took back`;
      if (!options.satisfies(version, range)) {
        return `needs the service "${service}" ${range}, but "${provider}" provides version ${version}`;
      }
    }
    return undefined;
  }

  /** The extension whose failure is behind this one's, and who stands between. */
  function rootOf(entry: Entry): { entry: Entry; via: string[] } {
    const below = (runtime.plan().requires.get(entry.id) ?? []).flatMap((id) => entries.get(id) ?? []);
    const cause =
      entry.state === "disabled"
        ? below.find((each) => each.state === "failed" || each.state === "disabled")
        : undefined;
    if (!cause) return { entry, via: [] };
    const root = rootOf(cause);
    return { entry: root.entry, via: [...root.via, entry.id] };
  }

  async function run(entry: Entry): Promise<void> {
    const blocked = await dependenciesOf(entry);
    if (runtime.isStopping()) return settle(entry, "stopped");
    if (blocked !== undefined) return settle(entry, "disabled", blocked);
    const started = clock.now();
    const fault = (where: string, error: unknown) => runtime.fault(entry.id, where, error);
    const scope = createScope({ owner: entry.id, clock, timeoutMs: options.stopTimeoutMs, fault });
    opened(scope);
    entry.scope = scope;
    const deliveries = createDeliveries(entry.manifest);
    try {
      entry.extension ??= await loadExtension(entry.source, options, scope.signal);
      const { extension } = entry;
      scope.assertOpen();
      const api = createHostApi({ entry, scope, runtime, lookup, deliveries });
      await withDeadline(clock, Promise.resolve(extension.activate(api)), {
        ms: activationTimeoutMs,
        late: () =>
          new Error(
            `activate did not finish within ${activationTimeoutMs} ms: does it await a promise that nothing resolves? ` +
              "Work that goes on belongs behind host.timers or into the background, not into activate",
          ),
        signals: [scope.signal],
      });
      const missing = deliveries.missing();
      if (missing.length > 0)
        throw new Error(`declared in its manifest but not registered: ${missing.join(", ")}`);
      const unheard = deliveries.unheard();
      if (unheard.length > 0) warn(entry.id, `declared in listens but not heard: ${unheard.join(", ")}`);
      settle(entry, "active");
      runtime.points.reveal(entry.id);
    } catch (error) {
      const stopped = runtime.isStopping();
      await scope.dispose();
      settle(entry, stopped ? "stopped" : "failed", stopped ? undefined : messageOf(error));
    }
    entry.activationMs = clock.now() - started;
  }

  function activate(entry: Entry): Promise<void> {
    if (entry.state === "pending" || entry.state === "lazy") entry.activation ??= run(entry);
    return entry.activation ?? Promise.resolve();
  }
  return activate;
}

/** Loads an extension's code and checks that it is one, and the one that the manifest announced. */
export async function loadExtension(
  source: ExtensionSource,
  options: Settled,
  signal?: AbortSignal,
): Promise<Extension> {
  const { clock, activationTimeoutMs: ms } = options;
  const late = () =>
    new Error(`its code was not loaded within ${ms} ms: does a module await something at its top level?`);
  const extension = await withDeadline(clock, Promise.resolve(source.load()), {
    ms,
    late,
    signals: [signal],
  });
  if (typeof extension?.activate !== "function" || typeof extension.manifest !== "object") {
    throw new Error(
      "its entry is not an extension: export default defineExtension(manifest, (host) => { … })",
    );
  }
  const { id, version } = extension.manifest;
  if (id !== source.manifest.id || version !== source.manifest.version) {
    const announced = `${source.manifest.id} ${source.manifest.version}`;
    throw new Error(`its code says ${id} ${version}, its manifest ${announced}: build it again`);
  }
  return extension;
}
