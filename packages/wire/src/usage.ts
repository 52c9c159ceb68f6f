/** Token counts of one provider request, or a sum of them. */
import * as z from "zod";

const tokens = z.int().nonnegative();

export const usage = z
  .object({
    /** All prompt tokens, cached ones included. */
    inputTokens: tokens,
    outputTokens: tokens,
    cacheReadTokens: tokens.optional(),
    cacheWriteTokens: tokens.optional(),
    reasoningTokens: tokens.optional(),
  })
  .meta({ id: "Usage" });

export type Usage = z.infer<typeof usage>;

export const noUsage: Usage = Object.freeze({ inputTokens: 0, outputTokens: 0 });

/** Sum of two usages. An optional count is present when either side has it. */
export function addUsage(a: Usage, b: Usage): Usage {
  const sum: Usage = {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
  };
  for (const key of ["cacheReadTokens", "cacheWriteTokens", "reasoningTokens"] as const) {
    if (a[key] !== undefined || b[key] !== undefined) sum[key] = (a[key] ?? 0) + (b[key] ?? 0);
  }
  return sum;
}
