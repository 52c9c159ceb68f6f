/** Spend: what a turn has cost so far, by the prices of the configuration. */
import type { TurnEnd } from "@dispatch/kernel";
import type { Usage } from "@dispatch/wire";
import type { Core } from "../core.ts";
import type { Admitted } from "./run.ts";

/** US dollars per million tokens. What is read from or written to a cache costs as other input unless it has its own price. */
export interface Price {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
}

/** In US dollars. `inputTokens` holds the cached ones too. */
export function costOf(usage: Usage, price: Price): number {
  const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 } = usage;
  const { input, output, cacheRead = input, cacheWrite = input } = price;
  const plain = Math.max(0, inputTokens - cacheReadTokens - cacheWriteTokens);
  return (
    (plain * input + cacheReadTokens * cacheRead + cacheWriteTokens * cacheWrite + outputTokens * output) /
    1_000_000
  );
}

/** Adds up what the steps cost; ends the turn at its limit. */
export function spendLimit(
  { prices }: Core,
  { model, settings, carried }: Admitted,
): (usage: Usage) => TurnEnd | undefined {
  const { maxCostUsd } = settings;
  const price = prices[model.id];
  if (maxCostUsd === undefined || price === undefined) return () => undefined;
  let cost = carried ? costOf(carried.usage, price) : 0;
  return (usage) => {
    cost += costOf(usage, price);
    if (cost < maxCostUsd) return undefined;
    return {
      reason: "max-steps",
      detail: `Stopped at the turn's spend limit: ${cost.toFixed(4)} of ${maxCostUsd} US dollars.`,
    };
  };
}
