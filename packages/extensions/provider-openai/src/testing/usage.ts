/** Token counts: estimated, unless the script gives them. */
import type { ChatBody, SentReply } from "./records.ts";
import type { FinishReason, PartialUsage, Step, Usage } from "./reply.ts";

/** Four characters to a token, for what was asked and what was said; `given` wins field by field. */
export function usageOf(body: ChatBody, sent: SentReply, given: PartialUsage = {}): Usage {
  const said = sent.text.length + sent.toolCalls.reduce((sum, call) => sum + call.arguments.length, 0);
  const thought = given.completion_tokens_details?.reasoning_tokens ?? tokens(sent.reasoning.length);
  const prompt = given.prompt_tokens ?? tokens(JSON.stringify(body.messages).length);
  const completion = given.completion_tokens ?? tokens(said) + thought;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: given.total_tokens ?? prompt + completion,
    prompt_tokens_details: { cached_tokens: 0, ...given.prompt_tokens_details },
    completion_tokens_details: { ...given.completion_tokens_details, reasoning_tokens: thought },
  };
}

function tokens(characters: number): number {
  return Math.ceil(characters / 4);
}

/** Why the answer ends: what the script says, else calls if there are any, else `stop`. */
export function finishOf(steps: readonly Step[], sent: SentReply): FinishReason {
  const given = steps.findLast((step) => "finish" in step);
  return given?.finish ?? (sent.toolCalls.length > 0 ? "tool_calls" : "stop");
}

/** The usage the script gives: `{}` when it gives none, null when there must be none. */
export function givenUsage(steps: readonly Step[]): PartialUsage | null {
  const given = steps.findLast((step) => "usage" in step);
  return given === undefined ? {} : given.usage;
}
