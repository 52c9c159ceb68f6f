/** What a cut turn was started with, as its record has it. */
import type { RecordOf } from "@dispatch/wire";
import type { TurnSettings } from "../settings.ts";

/** The values of its environment were in memory only. */
export const settingsOf = ({
  approvals,
  effort,
  cwd,
  dirs,
  maxSteps,
  maxCostUsd,
  system,
  timeoutMs,
}: RecordOf<"turn-start">): Partial<TurnSettings> => ({
  effort,
  cwd,
  maxSteps,
  ...(dirs === undefined ? {} : { dirs }),
  ...(approvals === undefined ? {} : { approvals }),
  ...(maxCostUsd === undefined ? {} : { maxCostUsd }),
  ...(system === undefined ? {} : { system }),
  ...(timeoutMs === undefined ? {} : { timeoutMs }),
});
