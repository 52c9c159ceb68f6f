/** Services: one value per service id, provided by one extension, seen by others once that one is active. */
import type { Dispose } from "../contracts/host-api.ts";

export interface Provided {
  readonly extensionId: string;
  readonly value: unknown;
  /** Of the interface. */
  readonly version: string;
}

export interface Services {
  /** Throws, naming the holder, when it is provided already. */
  add(serviceId: string, provided: Provided): Dispose;
  find(serviceId: string): Provided | undefined;
  labels(): string[];
}

export function createServices(isActive: (extensionId: string) => boolean): Services {
  const entries = new Map<string, Provided>();
  return {
    add(serviceId, provided) {
      const holder = entries.get(serviceId)?.extensionId;
      if (holder !== undefined)
        throw new Error(`the service "${serviceId}" is already provided by the extension "${holder}"`);
      entries.set(serviceId, provided);
      return () => {
        if (entries.get(serviceId) === provided) entries.delete(serviceId);
      };
    },
    find(serviceId) {
      const provided = entries.get(serviceId);
      return provided && isActive(provided.extensionId) ? provided : undefined;
    },
    labels: () => [...entries].map(([id, { extensionId }]) => `${extensionId}: service ${id}`),
  };
}
