import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Provider } from "../contracts/provider.ts";
import { type Act, call, createRig, finish, type RigOptions, text, toolOf } from "./fixtures/turn-rig.ts";

const never = new Promise<never>(() => undefined);
const stubborn = toolOf("stubborn", () => never);
const rejections: unknown[] = [];
const onRejection = (reason: unknown) => void rejections.push(reason);

beforeEach(() => {
  rejections.length = 0;
  process.on("unhandledRejection", onRejection);
});
afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve)); // Unhandled rejections are told after the microtasks.
  process.off("unhandledRejection", onRejection);
  expect(rejections).toEqual([]);
});

/** The turn, aborted after `ms`. */
function aborted(ms: number, script: readonly Act[], options: RigOptions = {}) {
  const rig = createRig({ script: [script], ...options });
  rig.clock.after(ms, () => rig.abort.abort());
  return rig;
}

describe("an abort (K5)", () => {
  it("before the start asks nobody anything", async () => {
    const rig = createRig({ plan: () => expect.unreachable() });
    rig.abort.abort();
    expect(await rig.run()).toMatchObject({ reason: "aborted", messages: [], steps: 0, durationMs: 0 });
    expect([rig.records, rig.requests]).toEqual([[], []]);
  });

  it("cuts a polite provider at once and keeps the partial text", async () => {
    const rig = aborted(10, [text("par"), "hang"]);
    const outcome = await rig.run();
    expect(outcome).toMatchObject({
      reason: "aborted",
      durationMs: 10,
      messages: [{ chunks: [{ text: "par" }] }],
    });
    expect(outcome).not.toHaveProperty("error");
    expect(rig.records).toEqual([{ turnId: "t", type: "text", stepId: "t#0", block: "b0-0", text: "par" }]);
    expect(rig.signals[0]?.aborted).toBe(true);
    expect(rig.clock.pending()).toBe(0);
  });

  it("cuts in the middle of events that came together", async () => {
    const rig = createRig({
      script: [[[text("a"), call("stubborn"), text("b"), call("stubborn")], "hang"]],
      tools: [stubborn],
      sink: { delta: () => rig.abort.abort() },
    });
    expect(await rig.run()).toMatchObject({ reason: "aborted" });
    expect(rig.of("text")).toMatchObject([{ text: "a" }]);
    expect(rig.types()).toEqual(["text"]);
  });

  it("leaves a provider that ignores it after the grace period, for good", async () => {
    const rig = aborted(10, [text("par"), 60_000, text("too late"), new Error("far too late")], {
      polite: false,
    });
    expect(await rig.run()).toMatchObject({ reason: "aborted", durationMs: 510 });
    expect(rig.types()).toEqual(["text"]);
    expect(rig.deltas).toHaveLength(1);
  });

  it("calls return() of a provider that is no generator, and outlives one that fails it", async () => {
    let returned = 0;
    const provider: Provider = {
      stream: () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => never,
          return: () => {
            returned++;
            throw new Error("cannot");
          },
        }),
      }),
      models: async () => [],
    };
    expect(await aborted(10, [], { provider }).run()).toMatchObject({ reason: "aborted", durationMs: 10 });
    expect(returned).toBe(1);
  });

  it("reaches running tools; who notices in time may still answer", async () => {
    const noticing = toolOf("noticing", async (_, { signal }) => {
      await rig.clock.sleep(60_000, signal).catch(() => undefined);
      await rig.clock.sleep(100, new AbortController().signal);
      return "half of it";
    });
    const throwing = toolOf("throwing", (_, { signal }) => rig.clock.sleep(60_000, signal));
    const rig = aborted(10, [call("noticing"), call("throwing"), call("stubborn"), text("a"), finish()], {
      tools: [noticing, throwing, stubborn],
    });
    const outcome = await rig.run();
    expect(outcome).toMatchObject({ reason: "aborted", durationMs: 510 });
    expect(rig.of("tool-result")).toMatchObject([
      {
        name: "throwing",
        outcome: "aborted",
        isError: true,
        output: expect.stringMatching(/^Cut short/),
        durationMs: 10,
      },
      { name: "noticing", outcome: "aborted", isError: false, output: "half of it", durationMs: 110 },
      { name: "stubborn", outcome: "aborted", isError: true, durationMs: 510 },
    ]);
    expect(rig.types()).not.toContain("step-complete");
    expect(outcome.messages[1]?.chunks).toHaveLength(3);
    expect(rig.clock.pending()).toBe(0);
  });

  it("answers calls that wait for a slot at once", async () => {
    const rig = aborted(10, [call("stubborn"), call("stubborn", { n: 2 }), finish()], {
      tools: [stubborn],
      dispatch: { maxConcurrent: 1, eager: true },
    });
    expect(await rig.run()).toMatchObject({ reason: "aborted" });
    expect(rig.types()).toEqual(["tool-call", "tool-call", "tool-start", "tool-result", "tool-result"]);
    expect(rig.of("tool-result")).toMatchObject([
      { callId: "call0-1", outcome: "aborted", output: "Not run: the turn was aborted.", durationMs: 0 },
      { callId: "call0-0", outcome: "aborted" },
    ]);
  });

  it("comes before a tool whose start is still being stored", async () => {
    const rig = aborted(10, [call("x"), finish()], {
      tools: [toolOf("x", () => expect.unreachable())],
      sink: {
        async commit(records) {
          await rig.clock.sleep(6, new AbortController().signal);
          rig.records.push(...records);
        },
      },
    });
    expect(await rig.run()).toMatchObject({ reason: "aborted" });
    expect(rig.types()).toEqual(["tool-call", "tool-start", "tool-result"]);
    expect(rig.of("tool-result")).toMatchObject([
      { outcome: "aborted", output: "Not run: the turn was aborted." },
    ]);
  });

  it("answers calls of an answer that was not complete, when they had to wait for it", async () => {
    const rig = aborted(10, [call("stubborn"), "hang"], {
      tools: [stubborn],
      dispatch: { maxConcurrent: 0, eager: false },
    });
    expect(await rig.run()).toMatchObject({ reason: "aborted", durationMs: 10 });
    expect(rig.types()).toEqual(["tool-call", "tool-result"]);
  });

  it.each<[string, RigOptions]>([
    ["the plan", { plan: () => never }],
    [
      "the slow check of arguments",
      { tools: [toolOf("x", () => "", { schema: { json: {}, validate: () => never } })] },
    ],
    ["beforeTool", { tools: [toolOf("x", () => "")], beforeTool: () => never }],
    ["afterTool", { tools: [toolOf("x", () => "")], afterTool: () => never }],
    ["stepDone", { tools: [toolOf("x", () => "")], stepDone: () => never }],
    ["drainSteering", { tools: [toolOf("x", () => "")], drainSteering: () => never }],
    [
      "the retry sleep",
      {
        script: [[{ type: "error", error: { code: "x", message: "x", retryable: true } }]],
        retry: { delayFor: () => 60_000 },
      },
    ],
  ])("does not wait for %s", async (_, options) => {
    const rig = aborted(10, [call("x"), finish()], options);
    const outcome = await rig.run();
    expect(outcome).toMatchObject({ reason: "aborted" });
    expect(outcome.durationMs).toBeLessThanOrEqual(510);
    expect(rig.of("tool-result")).toHaveLength(rig.of("tool-call").length);
    expect(rig.clock.pending()).toBe(0);
  });

  it("records what was drained from the queue although the turn ends", async () => {
    const rig = aborted(10, [call("x"), finish()], {
      tools: [toolOf("x", () => "")],
      drainSteering: async () => {
        await rig.clock.sleep(50, new AbortController().signal);
        return [{ messageId: "s", text: "wait" }];
      },
    });
    expect(await rig.run()).toMatchObject({
      reason: "aborted",
      messages: [{}, {}, { messageId: "s", role: "user" }],
    });
    expect(rig.types().at(-1)).toBe("steering");
  });

  it("ignores everything that tools and hooks do later", async () => {
    const late = toolOf("late", async (input, { output }) => {
      await rig.clock.sleep(5_000, new AbortController().signal);
      output("late");
      if ((input as { fail?: boolean }).fail) throw new Error("late");
      return "late";
    });
    const rig = aborted(
      10,
      [call("late"), call("late", { fail: true }), call("late", { denied: true }), finish()],
      {
        tools: [late],
        beforeTool: async ({ input }) => {
          if (!(input as { denied?: boolean }).denied) return { allow: true, input };
          await rig.clock.sleep(5_000, new AbortController().signal);
          throw new Error("late");
        },
      },
    );
    expect(await rig.run()).toMatchObject({ reason: "aborted", durationMs: 510 });
    expect(rig.of("tool-result").map(({ outcome }) => outcome)).toEqual(["aborted", "aborted", "aborted"]);
    expect(rig.deltas).toEqual([]);
  });

  it("waits for a slow store, so that nothing is stored after the end", async () => {
    const rig = aborted(10, [text("a"), "hang"], {
      sink: {
        async commit(records) {
          await rig.clock.sleep(2_000, new AbortController().signal);
          rig.records.push(...records);
        },
      },
    });
    expect(await rig.run()).toMatchObject({ reason: "aborted" });
    expect(rig.types()).toEqual(["text"]);
  });

  it("is an error when its records could not be stored", async () => {
    const rig = aborted(10, [text("a"), "hang"], {
      sink: { commit: () => Promise.reject(new Error("full")) },
    });
    expect(await rig.run()).toMatchObject({ reason: "error", error: { code: "store-failed" } });
  });
});

describe("the time limit", () => {
  it("goes the same way, with its own reason and outcome", async () => {
    const rig = createRig({
      script: [[text("a"), call("stubborn"), "hang"]],
      tools: [stubborn],
      limits: { timeoutMs: 100 },
    });
    expect(await rig.run()).toMatchObject({
      reason: "timeout",
      detail: expect.stringContaining("100 ms"),
      durationMs: 600,
    });
    expect(rig.types()).toEqual(["text", "tool-call", "tool-start", "tool-result"]);
    expect(rig.of("tool-result")).toMatchObject([{ outcome: "timeout", isError: true }]);
    expect(rig.signals[0]?.reason).toMatchObject({ name: "TimeoutError" });
  });

  it("leaves no timer behind when it is not reached", async () => {
    const rig = createRig({ script: [[finish()]], limits: { timeoutMs: 3_700_000 } });
    expect(await rig.run()).toMatchObject({ reason: "completed" });
    expect(rig.clock.pending()).toBe(0);
  });
});
