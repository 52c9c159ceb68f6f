import { describe, expect, it } from "vitest";
import type { Provider, ProviderEvent } from "../contracts/provider.ts";
import type { ProviderBehaviour, ProviderHarness } from "./provider-harness.ts";
import { providerSuite } from "./provider-suite.ts";
import { type ScriptStep, scriptedProvider, textReply, toolCallReply } from "./scripted-provider.ts";

const realClock = {
  now: () => Date.now(),
  after(ms: number, run: () => void) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
/** Deadlines come 100 times sooner: for providers that miss them. */
const fastClock = {
  now: () => Date.now() * 100,
  after: (ms: number, run: () => void) => realClock.after(ms / 100, run),
};

const text = (value: string): ScriptStep => ({ type: "text", text: value });
function script(behaviour: ProviderBehaviour): readonly ScriptStep[] {
  const failure = { code: "overloaded", message: "Busy.", retryable: true };
  switch (behaviour.kind) {
    case "text":
      return textReply(...behaviour.pieces);
    case "tool-call":
      return toolCallReply("probe", behaviour.input);
    case "silence":
      return [{ silence: true }];
    case "stall":
      return [text(behaviour.text), { silence: true }];
    case "cut":
      return [text(behaviour.text), { type: "error", error: { ...failure, code: "truncated" } }];
    case "overloaded":
      return [{ type: "error", error: failure }];
  }
}

/** The scripted provider, told by the prompt what to do. `spoil` makes it break the rules. */
function harness(
  spoil: (provider: Provider) => Provider = (provider) => provider,
  clock = realClock,
): ProviderHarness {
  const scripts = new Map<string, readonly ScriptStep[]>();
  const provider = scriptedProvider(
    Array.from({ length: 9 }, () => ({ messages }) => {
      const chunk = messages.at(-1)?.chunks[0];
      return scripts.get(chunk?.type === "text" ? chunk.text : "") ?? [];
    }),
  );
  return {
    provider: spoil(provider),
    model: "scripted",
    prompt(behaviour) {
      const prompt = `script ${scripts.size}`;
      scripts.set(prompt, script(behaviour));
      return prompt;
    },
    clock,
    openRequests: () => provider.active(),
    close() {},
  };
}

describe("providerSuite", () => {
  for (const { name, run } of providerSuite) it(name, () => run(() => harness()));

  /** Replaces the events of a provider's streams. */
  const mapped =
    (map: (event: ProviderEvent) => readonly ProviderEvent[]) =>
    (provider: Provider): Provider => ({
      ...provider,
      async *stream(request, context) {
        for await (const batch of provider.stream(request, context))
          yield ([batch].flat() as ProviderEvent[]).flatMap(map);
      },
    });
  const dropEnds = mapped((event) => (event.type === "finish" || event.type === "error" ? [] : [event]));
  const cases: readonly [string, (provider: Provider) => Provider, string, RegExp][] = [
    ["ends without an end", dropEnds, "makes a cut connection an error", /just ended/],
    [
      "ends twice",
      mapped((event) => (event.type === "finish" ? [event, event] : [event])),
      "gives the text exactly",
      /more than one end/,
    ],
    [
      "loses half a character",
      mapped((event) =>
        event.type === "text" ? [{ ...event, text: event.text.replace(/\ud83d$/, "\ufffd") }] : [event],
      ),
      "gives the text exactly",
      /not what was sent/,
    ],
    [
      "counts in fractions",
      mapped((event) =>
        event.type === "finish" ? [{ ...event, usage: { inputTokens: 0.5, outputTokens: 1 } }] : [event],
      ),
      "counts tokens",
      /usage.inputTokens must be a whole number/,
    ],
    [
      "calls a cut reply finished",
      mapped((event) => [event.type === "error" ? { type: "finish", reason: "stop" } : event]),
      "makes a cut connection an error",
      /looks finished/,
    ],
    [
      "gives up what could be repeated",
      mapped((event) => [
        event.type === "error" ? { ...event, error: { ...event.error, retryable: false } } : event,
      ]),
      "reports an overloaded",
      /may be repeated/,
    ],
    [
      "does not hear an abort",
      (provider) => ({
        ...provider,
        stream: (request, context) =>
          provider.stream(request, { ...context, signal: new AbortController().signal }),
      }),
      "an abort ends a stream that stalls",
      /did not end within 10000 ms/,
    ],
    [
      "mixes streams",
      (provider) => {
        let first: AsyncIterable<ProviderEvent | readonly ProviderEvent[]> | undefined;
        return {
          ...provider,
          async *stream(request, context) {
            first ??= provider.stream(request, context);
            yield* first;
          },
        };
      },
      "keeps streams that run at once apart",
      /text of another|did not end|just ended/,
    ],
    [
      "names a model twice",
      (provider) => ({ ...provider, models: async () => [{ name: "a" }, { name: "a" }] }),
      "says which models",
      /twice/,
    ],
  ];
  it.each(cases)("finds a provider that %s", async (_, spoil, name, message) => {
    const found = providerSuite.find((each) => each.name.startsWith(name));
    await expect(found?.run(() => harness(spoil, fastClock))).rejects.toThrow(message);
  });
});
