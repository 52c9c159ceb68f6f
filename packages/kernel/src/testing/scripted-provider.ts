/** A provider that answers as told: for tests of whatever sends requests. */
import type { Provider, ProviderEvent, ProviderModel, ProviderRequest } from "../contracts/provider.ts";

/** One thing that happens while a reply streams. */
export type ScriptStep =
  | ProviderEvent
  /** Events of one network read. */
  | readonly ProviderEvent[]
  /** Time passes, on the given clock; ends early when aborted. */
  | { readonly wait: number }
  /** Says nothing more until aborted. */
  | { readonly silence: true }
  /** The stream throws. */
  | { readonly fail: Error };

/** The reply to one request. A function sees the request. */
export type ScriptedReply = readonly ScriptStep[] | ((request: ProviderRequest) => readonly ScriptStep[]);

export interface ScriptedProviderOptions {
  /** Needed for `wait`. */
  readonly clock?: { sleep(ms: number, signal: AbortSignal): Promise<void> };
  readonly models?: readonly ProviderModel[];
}

export interface ScriptedProvider extends Provider {
  /** What it was asked, in order. */
  readonly requests: readonly ProviderRequest[];
  /** Streams that run now. */
  active(): number;
}

/**
 * The first request gets the first reply, and so on; one more than there are replies throws.
 * @example
 * const provider = scriptedProvider([toolCallReply("ls", {}), textReply("Done.")]);
 */
export function scriptedProvider(
  replies: readonly ScriptedReply[],
  options: ScriptedProviderOptions = {},
): ScriptedProvider {
  const requests: ProviderRequest[] = [];
  let active = 0;

  async function* play(
    reply: ScriptedReply | undefined,
    request: ProviderRequest,
    number: number,
    signal: AbortSignal,
  ) {
    if (!reply) throw new Error(`scriptedProvider has ${replies.length} replies, this is request ${number}`);
    active += 1;
    try {
      for (const step of typeof reply === "function" ? reply(request) : reply) {
        signal.throwIfAborted();
        if (isEvent(step)) yield step;
        else if ("fail" in step) throw step.fail;
        else if ("silence" in step) await untilAborted(signal);
        else if (!options.clock) throw new Error("scriptedProvider needs a clock for `wait`");
        else await options.clock.sleep(step.wait, signal);
      }
    } finally {
      active -= 1;
    }
  }

  return {
    requests,
    active: () => active,
    async *stream(request, { signal }) {
      const number = requests.push(request);
      yield* play(replies[number - 1], request, number, signal);
    },
    models: async () => options.models ?? [{ name: "scripted" }],
  };
}

const isEvent = (step: ScriptStep): step is ProviderEvent | readonly ProviderEvent[] =>
  Array.isArray(step) || "type" in step;

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

const usage = { inputTokens: 10, outputTokens: 5 };

/** A whole answer of text, in the pieces given. */
export const textReply = (...pieces: readonly string[]): readonly ScriptStep[] => [
  ...pieces.map((text) => ({ type: "text", text }) as const),
  { type: "finish", reason: "stop", usage },
];

/** An answer that calls one tool. `input` is sent as JSON. */
export const toolCallReply = (name: string, input: unknown): readonly ScriptStep[] => [
  { type: "tool-call", name, input: JSON.stringify(input) },
  { type: "finish", reason: "tool-calls", usage },
];
