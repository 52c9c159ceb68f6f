/** The provider: the next move of the script, streamed the way a model would stream it. */
import type { HostAPI, Provider, ProviderEvent, ProviderRequest } from "@dispatch/kernel";
import { createEstimate, type Estimate } from "./estimate-usage.ts";
import { type Move, nextMove } from "./next-move.ts";

/** Settings of the extension. */
export interface OfflineSettings {
  /** Pause between two pieces of an answer, in ms. Default 0. */
  readonly deltaDelayMs: number;
}

/** Its only model. */
export const scriptModel = "script";
const charactersPerToken = 4;
/** One piece: a word with the blanks before it, long words in parts; never half a surrogate pair. */
const piece = /\s*\S{1,24}|\s+$/gu;

/** Deterministic and without memory: what it does follows from the messages of the request alone. */
export function createOfflineProvider(settings: OfflineSettings, timers: HostAPI["timers"]): Provider {
  const estimate = createEstimate();
  return {
    async *stream(request, { signal }) {
      for (const [index, event] of eventsOf(request, estimate).entries()) {
        if (index > 0 && settings.deltaDelayMs > 0) {
          // Rejects when the request is aborted: the check below then ends the stream.
          await timers.sleep(settings.deltaDelayMs, signal).catch(() => undefined);
        }
        if (signal.aborted) return;
        yield event;
      }
    },
    models: async () => [
      { name: scriptModel, displayName: "Offline script (no language model)", contextWindow: 128_000 },
    ],
  };
}

function eventsOf(request: ProviderRequest, estimate: Estimate): ProviderEvent[] {
  if (request.model !== scriptModel) {
    const message = `The offline provider has no model "${request.model}".`;
    return [
      {
        type: "error",
        error: { code: "unknown-model", message, retryable: false, fix: `Use "${scriptModel}".` },
      },
    ];
  }
  const { events, length, complete } = spoken(nextMove(request), request.maxOutputTokens);
  const called = events.some((event) => event.type === "tool-call");
  const reason = called ? "tool-calls" : complete ? "stop" : "length";
  return [...events, { type: "finish", reason, usage: estimate(request, length) }];
}

/** The move as events, and its length; at most `maxTokens` long, with calls only when there is room for all of it. */
function spoken(move: Move, maxTokens = Number.POSITIVE_INFINITY) {
  const calls = move.calls.map(
    ({ name, input }): ProviderEvent => ({ type: "tool-call", name, input: JSON.stringify(input) }),
  );
  const length = move.reasoning.length + move.text.length + JSON.stringify(move.calls).length;
  const room = maxTokens * charactersPerToken;
  if (length <= room)
    return {
      events: [...cut("reasoning", move.reasoning), ...cut("text", move.text), ...calls],
      length,
      complete: true,
    };
  const text = Array.from(move.text || move.reasoning)
    .slice(0, room)
    .join("");
  return { events: cut("text", text), length: text.length, complete: false };
}

const cut = (type: "text" | "reasoning", text: string): ProviderEvent[] =>
  Array.from(text.matchAll(piece), ([part]) => ({ type, text: part }));
