import { type ProviderBehaviour, type ProviderHarness, providerSuite } from "@dispatch/kernel/testing";
import { describe, it } from "vitest";
import { realProvider, realTime } from "./fixtures/real-provider.ts";
import {
  cut,
  forText,
  type Reply,
  reply,
  serverError,
  silence,
  startStrictServer,
  text,
} from "./testing/index.ts";

const replyTo = (behaviour: ProviderBehaviour): Reply => {
  switch (behaviour.kind) {
    case "text":
      return reply(...behaviour.pieces.map((piece) => text(piece, { chunks: 1 })));
    case "tool-call":
      return reply({ toolCalls: [{ name: "probe", args: behaviour.input }], splitEvery: 3 });
    case "silence":
      return { ...reply(), holdMs: 0 };
    case "stall":
      return reply(text(behaviour.text), silence());
    case "cut":
      return reply(text(behaviour.text), cut());
    case "overloaded":
      return serverError(503);
  }
};

async function makeHarness(splitBytes: number): Promise<ProviderHarness> {
  const server = await startStrictServer({ splitBytes });
  let prompts = 0;
  return {
    provider: realProvider(server.url),
    model: "strict-1",
    prompt(behaviour) {
      const prompt = `prompt ${prompts++};`;
      server.script(replyTo(behaviour), { when: forText(prompt) });
      return prompt;
    },
    clock: { now: realTime.now, after: (ms, run) => realTime.timers.after(ms, run) },
    openRequests: () => server.sent.filter((sent) => sent.outcome === "streaming").length,
    close: () => server.close(),
  };
}

describe.each([0, 7])("openai conforms, the stream cut every %i bytes", (splitBytes) => {
  it.each(providerSuite)("$name", ({ run }) => run(() => makeHarness(splitBytes)));
});
