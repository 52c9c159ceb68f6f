import { type BehaviourKind, providerSuite } from "@dispatch/kernel/testing";
import { describe, it } from "vitest";
import { createOfflineProvider, scriptModel } from "./offline-provider.ts";

/** It has no other side that could be told what to say. */
const unsupported: readonly BehaviourKind[] = ["text", "tool-call", "silence", "stall", "cut", "overloaded"];
const timers = { after: () => () => {}, every: () => () => {}, sleep: async () => {} };

describe("offline conforms, as far as a script can be asked", () => {
  for (const { name, needs, run } of providerSuite) {
    it.skipIf(needs.some((kind) => unsupported.includes(kind)))(name, () =>
      run(() => ({
        provider: createOfflineProvider({ deltaDelayMs: 0 }, timers),
        model: scriptModel,
        prompt: () => "hello",
        clock: {
          now: () => Date.now(),
          after(ms, go) {
            const timer = setTimeout(go, ms);
            return () => clearTimeout(timer);
          },
        },
        close() {},
      })),
    );
  }
});
