/** What watchdog is. */
import { defineManifest } from "@dispatch/kernel";

export const manifest = defineManifest({
  id: "watchdog",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "Notices turns that make no progress.",
  dependsOn: { "session-orchestrator/activity": "^1.0.0" },
  settings: {
    type: "object",
    additionalProperties: false,
    properties: {
      stallMs: {
        type: "integer",
        minimum: 1,
        default: 900_000,
        description: "A turn that did nothing for so long is said to stall; said again after twice as long.",
      },
      abortMs: {
        type: "integer",
        minimum: 0,
        default: 0,
        description: "A turn that did nothing for so long is ended. 0 = never.",
      },
    },
  },
});

export interface WatchdogSettings {
  /** ms */
  readonly stallMs: number;
  /** ms; 0 = never */
  readonly abortMs: number;
}
