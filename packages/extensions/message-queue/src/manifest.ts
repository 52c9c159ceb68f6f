/** What message-queue is. */
import { defineManifest } from "@dispatch/kernel";

export const manifest = defineManifest({
  id: "message-queue",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "What waits in a conversation: steering, follow-ups, interrupts.",
});
