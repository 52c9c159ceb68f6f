/** Own operations, by frame type, with the scope each needs. */
import type { Scope } from "@dispatch/transport-http/ports";

export const operations = {
  "approval.resolve": "approve",
  "chat.send": "write",
  "chat.stop": "write",
  "chat.subscribe": "read",
  "chat.unsubscribe": "read",
  "conversations.subscribe": "read",
  "conversations.unsubscribe": "read",
  ping: "read",
} as const satisfies Readonly<Record<string, Scope>>;

export type Operation = keyof typeof operations;

export const operationNames = Object.keys(operations) as readonly Operation[];
