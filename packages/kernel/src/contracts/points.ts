/** The kernel's own points: what every runtime needs. */
import { definePoint } from "./handles.ts";
import type { ProviderKind } from "./provider.ts";
import type { AnyTool } from "./tool.ts";

/** Tools, by the name the model calls. */
export const tools = definePoint<AnyTool>()("tools");

/** Provider dialects, by name. */
export const providers = definePoint<ProviderKind>()("providers");
