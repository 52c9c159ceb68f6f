/** What message-queue is, and its numbers: times in ms, lengths in UTF-16 code units. */
import { defineManifest } from "@dispatch/kernel";
import { commandNames, opNames, routeNames } from "./names.ts";

const number = (value: number, description: string) =>
  ({ type: "integer", minimum: 0, default: value, description }) as const;

export const manifest = defineManifest({
  id: "message-queue",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "What waits in a conversation: steering, follow-ups, interrupts.",
  dependsOn: { "session-orchestrator/queues": "^1.0.0", "session-orchestrator/sessions": "^1.0.0" },
  capabilities: ["routes"],
  contributes: {
    services: ["session-orchestrator/inbox"],
    // Whoever is not there is not missed: without transports or surfaces the queue works all the same.
    points: {
      "transport-http/routes": routeNames,
      "transport-ws/ops": opNames,
      "commands/commands": commandNames,
      "surfaces/surfaces": ["queue"],
    },
  },
  listens: { events: ["session-orchestrator/queueChanged"] },
  settings: {
    type: "object",
    additionalProperties: false,
    properties: {
      capacity: number(20, "Messages that may wait in a conversation."),
      maxLength: number(1_000_000, "Their text, in all."),
      interruptMs: number(15_000, "How long an interrupt waits for the running turn to make way."),
    },
  },
});

export interface QueueSettings {
  readonly capacity: number;
  readonly maxLength: number;
  readonly interruptMs: number;
}
