/** What OpenAI's own models take, read off their names: other servers document the same names. */
import type { Effort } from "@dispatch/wire";

/** `gpt-5.2-codex` → minor 2, variant "codex"; a vendor prefix as routers write it is skipped. */
const pattern = /^(?:openai\/)?(o[134]|gpt-5)(?:\.(\d+))?(?:-(.*))?$/;

interface Traits {
  readonly family: string;
  readonly minor: number;
  readonly variant: string;
}

function traitsOf(model: string): Traits | undefined {
  const found = pattern.exec(model.toLowerCase());
  if (found?.[1] === undefined) return undefined;
  return { family: found[1], minor: Number(found[2] ?? 0), variant: found[3] ?? "" };
}

/** Whether the model thinks before it answers; such models count all output tokens in `max_completion_tokens`. */
export const isReasoningModel = (model: string): boolean => traitsOf(model) !== undefined;

/**
 * Value of `reasoning_effort`, undefined to send none: other models refuse the field. `officialTools`: the request has
 * tools and goes to OpenAI itself, whose chat completions take no effort beside tools from gpt-5.2 on, and from
 * gpt-5.6 on only an explicit `none`.
 */
export function effortFor(model: string, effort: Effort, officialTools: boolean): string | undefined {
  const traits = traitsOf(model);
  if (traits === undefined) return undefined;
  const { family, minor, variant } = traits;
  if (family === "o1" && /^(mini|preview)/.test(variant)) return undefined;
  if (/^chat/.test(variant)) return undefined;
  if (officialTools && minor >= 6) return "none";
  if (officialTools && minor >= 2) return undefined;
  if (/^pro/.test(variant) && minor < 2) return "high";
  if (effort !== "xhigh" && effort !== "max") return effort;
  return minor >= 2 || variant.startsWith("codex-max") ? "xhigh" : "high";
}
