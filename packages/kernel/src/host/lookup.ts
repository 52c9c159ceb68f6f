/** Finding things at run time: services by id, and the lazy extensions that a use of something activates. */
import type { ErrorCode, ErrorDetails } from "@dispatch/wire";
import { nearest } from "../text/nearest.ts";
import type { Entry } from "./entry.ts";
import { unusableOf } from "./entry.ts";
import type { Runtime } from "./runtime.ts";
import { whichFailed } from "./unusable.ts";

/** What a lazy extension can be woken by, as it stands in its manifest. */
export type Trigger = "point" | "event" | "filter";

export interface Lookup {
  find(serviceId: string): unknown;
  get(serviceId: string): unknown;
  load(serviceId: string, callerId?: string): Promise<unknown>;
  /** Activates who is lazy and waits for this; gives their ids, undefined when there is nobody. */
  wake(trigger: Trigger, id: string, callerId?: string): Promise<readonly string[]> | undefined;
}

export function createLookup(
  runtime: Pick<Runtime, "entries" | "plan" | "services" | "activate" | "isStopping">,
): Lookup {
  const { entries, services } = runtime;

  const providerOf = (serviceId: string): Entry | undefined =>
    [...entries.values()]
      .filter(({ manifest }) => manifest.contributes?.services?.includes(serviceId))
      .sort((a, b) => Number(canStart(b)) - Number(canStart(a)))[0];

  /** The caller is being activated and the other one waits for that. */
  const waitsFor = (other: string, callerId: string | undefined): boolean => {
    if (callerId === undefined) return false;
    const caller = entries.get(callerId);
    return caller?.state !== "active" && (other === callerId || runtime.plan().isBefore(callerId, other));
  };

  function missing(serviceId: string): Error {
    const provider = providerOf(serviceId);
    if (!provider) {
      const all = [...entries.values()].flatMap(({ manifest }) => manifest.contributes?.services ?? []);
      const near = nearest(serviceId, all);
      const hint = near === undefined ? "" : `; did you mean "${near}"?`;
      return serviceMissing(`no extension here provides the service "${serviceId}"${hint}`);
    }
    const { id, state } = provider;
    const service = `the service "${serviceId}" comes from "${id}"`;
    if (state === "lazy") return serviceMissing(`${service}, which is lazy`, "Use `load` instead of `get`.");
    if (state === "pending")
      return serviceMissing(`${service}, which is not active yet`, `Add "${serviceId}" to dependsOn.`);
    if (state === "active") return serviceMissing(`${service}, which took it back`);
    if (state === "stopped") return serviceMissing(`${service}, which is stopped`);
    return serviceMissing(`${service}, ${whichFailed(unusableOf(provider))}`);
  }

  function get(serviceId: string): unknown {
    const found = services.find(serviceId);
    if (!found) throw missing(serviceId);
    return found.value;
  }

  return {
    find: (serviceId) => services.find(serviceId)?.value,
    get,
    async load(serviceId, callerId) {
      const provider = services.find(serviceId) ? undefined : providerOf(serviceId);
      if (provider && canStart(provider)) {
        if (waitsFor(provider.id, callerId)) {
          const reason = `"${callerId}" loads "${serviceId}" while it is activated, but "${provider.id}" waits for that`;
          throw serviceMissing(reason, "Load it later, or take the dependency out.");
        }
        await runtime.activate(provider);
      }
      return get(serviceId);
    },
    wake(trigger, id, callerId) {
      if (runtime.isStopping()) return undefined;
      let woken: Entry[] | undefined;
      for (const entry of entries.values()) {
        if (entry.state !== "lazy" || !isTriggeredBy(entry, trigger, id) || waitsFor(entry.id, callerId))
          continue;
        woken ??= [];
        woken.push(entry);
      }
      return woken && activateAll(woken);
    },
  };

  async function activateAll(lazy: readonly Entry[]): Promise<readonly string[]> {
    await Promise.all(lazy.map((entry) => runtime.activate(entry)));
    return lazy.map((entry) => entry.id);
  }
}

const canStart = ({ state }: Entry): boolean => state === "pending" || state === "lazy";

function isTriggeredBy({ manifest }: Entry, trigger: Trigger, id: string): boolean {
  if (trigger === "point") return Object.hasOwn(manifest.contributes?.points ?? {}, id);
  const heard = trigger === "event" ? manifest.listens?.events : manifest.listens?.filters;
  return heard?.includes(id) ?? false;
}

/** Has the shape of a `DispatchError`, so transports answer it as such. */
function serviceMissing(message: string, fix?: string): Error {
  const code: ErrorCode = "service-missing";
  const details: ErrorDetails = { fix };
  return Object.assign(new Error(message), { name: "DispatchError", code, details });
}
