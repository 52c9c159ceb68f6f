/** Answers which have no schema in the wire: small rows that a client only reads. */
import type { ConversationRow } from "@dispatch/wire";

/** GET /health. Without a token only `status` is told. */
export interface HealthAnswer {
  /** `degraded`: it serves, and its store noticed damage. */
  readonly status: "ok" | "degraded";
  readonly version?: string;
  readonly pid?: number;
  readonly uptimeMs?: number;
  readonly store?: {
    readonly damage: readonly StoreFinding[];
    readonly acceptedLosses: readonly StoreFinding[];
  };
}

export interface StoreFinding {
  /** Unix ms. */
  readonly ts: number;
  readonly text: string;
}

/** GET /conversations/:id/status. */
export interface ConversationStatusAnswer {
  readonly id: string;
  readonly status: ConversationRow["status"];
  readonly turnId?: string;
  readonly stepId?: string;
  /** Unix ms: when the running turn last did something. */
  readonly lastProgressAt?: number;
  /** What it waits for, when that is neither the provider nor a tool. */
  readonly waiting?: "approval" | "slot" | "retry" | "child";
  readonly lastTurn?: ConversationRow["lastTurn"];
  readonly head: number;
}

/** One row of GET /extensions. */
export interface ExtensionRow {
  readonly id: string;
  readonly version: string;
  readonly state: string;
  readonly trust: string;
  readonly activation: string;
  readonly activationMs?: number;
  /** Why it failed or is disabled, with the fix. */
  readonly reason?: string;
  readonly dependsOn: readonly string[];
  readonly faults: number;
  readonly lastFault?: string;
}
