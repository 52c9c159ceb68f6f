/** `@dispatch/message-queue`: messages that come while a turn runs wait, and are delivered into it or after it. */
import { defineExtension } from "@dispatch/kernel";
import { inbox } from "@dispatch/session-orchestrator/ports";
import { manifest, type QueueSettings } from "./manifest.ts";
import { createPolicy } from "./policy.ts";

export { manifest };

export default defineExtension<typeof manifest, QueueSettings>(manifest, (host) => {
  host.provide(inbox, createPolicy(host.settings));
});
