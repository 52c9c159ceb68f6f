/** Keeps what the store reports of itself: damage for as long as it runs, accepted losses for good. Bounded. */
import type { KeyValue } from "@dispatch/kernel";
import type { StoreFinding, StoreHealth } from "@dispatch/session-orchestrator/ports";
import type { Report } from "./open.ts";

/** Of each kind; older ones go. */
const kept = 20;
const namespace = "store-level";
const key = "accepted-losses";

export interface HealthKeeper extends StoreHealth {
  readonly report: () => ReturnType<StoreHealth["report"]>;
  /** Takes a report of the store. */
  readonly take: Report;
  /** Once the store is open: adds what was lost now to what was lost before. */
  settle(kv: KeyValue): Promise<void>;
}

export function createHealth(now: () => number): HealthKeeper {
  let damage: readonly StoreFinding[] = [];
  let losses: readonly StoreFinding[] = [];
  return {
    report: () => ({ damage, acceptedLosses: losses }),
    take(_level, text, kind = "damage") {
      const finding = { ts: now(), text };
      if (kind === "loss") losses = [...losses, finding].slice(-kept);
      else damage = [...damage, finding].slice(-kept);
    },
    async settle(kv) {
      const before = (await kv.get(namespace, key))?.value;
      const fresh = losses;
      losses = [...(Array.isArray(before) ? (before as StoreFinding[]) : []), ...fresh].slice(-kept);
      if (fresh.length > 0) await kv.set(namespace, key, losses);
    },
  };
}
