/** Token counts for a provider that has no tokens: four characters each, so that metrics and limits have something to show. */
import type { ModelMessage, ProviderRequest } from "@dispatch/kernel";
import type { Usage } from "@dispatch/wire";

const tokens = (characters: number): number => Math.ceil(characters / 4);

/** `length`: characters of the answer. */
export type Estimate = (request: ProviderRequest, length: number) => Usage;

/** An estimate with a memory of message sizes, by their identity: a long history is measured once. */
export function createEstimate(): Estimate {
  const sizes = new WeakMap<ModelMessage, number>();
  const sizeOf = (message: ModelMessage): number => {
    const size = sizes.get(message) ?? JSON.stringify(message.chunks).length;
    sizes.set(message, size);
    return size;
  };
  const sum = (messages: readonly ModelMessage[]): number =>
    messages.reduce((total, message) => total + sizeOf(message), 0);

  return ({ system = "", tools, messages }, length) => {
    const fixed = system.length + (tools.length === 0 ? 0 : JSON.stringify(tools).length);
    // A request before this one held everything up to the newest assistant message: a real server has that cached.
    const lastAnswer = messages.findLastIndex((message) => message.role === "assistant");
    const cached = lastAnswer < 0 ? 0 : tokens(fixed + sum(messages.slice(0, lastAnswer)));
    return {
      inputTokens: tokens(fixed + sum(messages)),
      outputTokens: tokens(length),
      cacheReadTokens: cached,
    };
  };
}
