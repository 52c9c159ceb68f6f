/** The service `storeHealth`: what a store has noticed of its own damage, for whoever watches over the server. */
import { defineService } from "@dispatch/kernel";

export interface StoreFinding {
  /** Unix ms. */
  readonly ts: number;
  /** A sentence; may hold paths. */
  readonly text: string;
}

export interface StoreReport {
  /** Noticed since the start, the newest last. */
  readonly damage: readonly StoreFinding[];
  /** Losses that the owner accepted, at earlier starts too, the newest last. */
  readonly acceptedLosses: readonly StoreFinding[];
}

export interface StoreHealth {
  report(): StoreReport;
}

export const storeHealth = defineService<StoreHealth>()("session-orchestrator/storeHealth");
