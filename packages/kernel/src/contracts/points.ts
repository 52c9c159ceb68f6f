/** The kernel's own handles: what every runtime needs. */
import { defineEvent, definePoint } from "./handles.ts";
import type { ProviderKind } from "./provider.ts";
import type { AnyTool } from "./tool.ts";

/** Tools, by the name the model calls. */
export const tools = definePoint<AnyTool>()("tools");

/** Provider dialects, by name. */
export const providers = definePoint<ProviderKind>()("providers");

/**
 * The boot is over: whatever starts by itself is active or has failed. Emitted by the host, once; who is started anew later hears it
 * again, when all that came back with it is there.
 */
export const hostStarted = defineEvent<{ readonly durationMs: number }>()("host/started");

/** Some extension is in another state, or has another fault: `host.extensions()` has all. Many changes at once are one. */
export const extensionsChanged = defineEvent<undefined>()("host/extensionsChanged");
