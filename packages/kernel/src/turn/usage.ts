/** Token counts of a turn: what one request reported, what all of them add up to. */
import type { Usage } from "@dispatch/wire";

const required = ["inputTokens", "outputTokens"] as const;
const optional = ["cacheReadTokens", "cacheWriteTokens", "reasoningTokens"] as const;

/** Counts come from outside: what is no count is 0. */
const count = (value: unknown): number =>
  typeof value === "number" && Number.isFinite(value) && value > 0 ? Math.round(value) : 0;

function combine(a: Usage | undefined, b: Usage, join: (x: number, y: number) => number): Usage {
  const joined: Usage = { inputTokens: 0, outputTokens: 0 };
  for (const key of required) joined[key] = join(count(a?.[key]), count(b[key]));
  for (const key of optional)
    if (a?.[key] !== undefined || b[key] !== undefined) joined[key] = join(count(a?.[key]), count(b[key]));
  return joined;
}

/** Reports of one request are running totals, whole or in parts: the highest count of each kind holds. */
export const laterReport = (before: Usage | undefined, report: Usage): Usage =>
  combine(before, report, Math.max);

export const sumUsage = (a: Usage | undefined, b: Usage): Usage => combine(a, b, (x, y) => x + y);

export interface UsageMeter {
  readonly total: Usage;
  /** Input + output of the last request that reported any. */
  readonly contextSize: number;
  /** Takes the usage of one finished request, failed ones included. */
  add(request: Usage): void;
}

export function createUsageMeter(): UsageMeter {
  let total: Usage = { inputTokens: 0, outputTokens: 0 };
  let contextSize = 0;
  return {
    get total() {
      return total;
    },
    get contextSize() {
      return contextSize;
    },
    add(request) {
      total = sumUsage(total, request);
      contextSize = request.inputTokens + request.outputTokens;
    },
  };
}
