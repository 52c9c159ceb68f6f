/** What this extension is: the embedded store, one process, one folder. */
import { defineManifest } from "@dispatch/kernel";

/** Settings with defaults filled in. */
export interface StoreSettings {
  /** Absolute. Holds `store/`, `store.lock`, `store.created` and `store.commits`. */
  readonly dataDir: string;
  /** False: a power cut may take the last writes, acknowledged ones too. For tests and throwaway data. */
  readonly syncWrites: boolean;
  /** Conversations whose heads are remembered, so that appends to them read nothing. */
  readonly hotConversations: number;
  /** How often expired rows are removed, in ms. */
  readonly sweepIntervalMs: number;
  /** A sweep gives the space of deleted rows back when they are at least so many. */
  readonly compactAfterRows: number;
  /** Table files are checked before the store opens up to this many bytes, the newest first; the rest while it is used. */
  readonly checkBytes: number;
  /** True: a damaged store is copied aside and opened without what cannot be read. Default: it is refused. */
  readonly acceptLoss: boolean;
}

export const manifest = defineManifest({
  id: "store-level",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "Keeps conversations in an embedded level database.",
  activation: "startup",
  contributes: {
    services: [
      "session-orchestrator/log",
      "session-orchestrator/ownership",
      "session-orchestrator/storeHealth",
      "kv",
    ],
  },
  settings: {
    type: "object",
    additionalProperties: false,
    required: ["dataDir"],
    properties: {
      dataDir: { type: "string", minLength: 1, description: "The data folder; given by the host program." },
      syncWrites: {
        type: "boolean",
        default: true,
        description: "Wait for the disk where it matters. False: a power cut may take acknowledged writes.",
      },
      hotConversations: {
        type: "integer",
        minimum: 1,
        default: 2048,
        description: "Conversations whose heads are kept in memory.",
      },
      sweepIntervalMs: {
        type: "integer",
        minimum: 1000,
        default: 3_600_000,
        description: "How often expired rows are removed, in ms.",
      },
      compactAfterRows: {
        type: "integer",
        minimum: 1,
        default: 5_000,
        description: "A sweep gives the space of deleted rows back when they are at least so many.",
      },
      checkBytes: {
        type: "integer",
        minimum: 0,
        default: 512 * 1024 * 1024,
        description: "Files checked at the start, in bytes, the newest first; the rest is checked meanwhile.",
      },
      acceptLoss: {
        type: "boolean",
        default: false,
        description:
          "For one start: go on with what can be read of a damaged store. A copy of it as it was is kept.",
      },
    },
  },
});
