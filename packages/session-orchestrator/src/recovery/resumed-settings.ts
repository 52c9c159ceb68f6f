/** The settings that a resumed turn goes on with: those it was started with; what they leave out as it would be now. */
import type { RecordOf } from "@dispatch/wire";
import type { Conversation } from "../conversation/conversation.ts";
import type { Core } from "../core.ts";
import { defaultsIn, mergedSettings } from "../settings.ts";

/** The values of its environment were in memory only. */
export function resumedSettings(core: Core, { state }: Conversation, start: RecordOf<"turn-start">) {
  const { approvals, effort, cwd, dirs, maxSteps, maxCostUsd, system, timeoutMs } = start;
  return {
    ...mergedSettings({}, state.settings, defaultsIn(core.defaults, state.workspace)),
    effort,
    cwd,
    maxSteps,
    ...(dirs === undefined ? {} : { dirs }),
    ...(approvals === undefined ? {} : { approvals }),
    ...(maxCostUsd === undefined ? {} : { maxCostUsd }),
    ...(system === undefined ? {} : { system }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}
