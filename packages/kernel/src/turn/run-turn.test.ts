import { describe, expect, it } from "vitest";
import { call, createRig, finish, reasoning, text, toolOf } from "./fixtures/turn-rig.ts";

const echo = toolOf("echo", (input) => JSON.stringify(input));

describe("a turn without tools", () => {
  it("records what the model says and ends completed", async () => {
    const rig = createRig({ script: [[reasoning("hm"), text("Hel"), text("lo"), finish(100, 7)]] });
    const outcome = await rig.run();
    expect(rig.records).toEqual([
      { turnId: "t", type: "reasoning", stepId: "t#0", block: "b0-0", text: "hm" },
      { turnId: "t", type: "text", stepId: "t#0", block: "b0-1", text: "Hello" },
      {
        turnId: "t",
        type: "step-complete",
        stepId: "t#0",
        usage: { inputTokens: 100, outputTokens: 7 },
        ttftMs: 0,
        decodeMs: 0,
        totalMs: 0,
        finishReason: "stop",
      },
    ]);
    expect(rig.deltas).toEqual([
      { kind: "reasoning", block: "b0-0", stepId: "t#0", text: "hm" },
      { kind: "text", block: "b0-1", stepId: "t#0", text: "Hel" },
      { kind: "text", block: "b0-1", stepId: "t#0", text: "lo" },
    ]);
    expect(outcome).toEqual({
      reason: "completed",
      messages: [
        {
          messageId: "t#0.a",
          role: "assistant",
          chunks: [
            { type: "reasoning", text: "hm" },
            { type: "text", text: "Hello" },
          ],
        },
      ],
      usage: { inputTokens: 100, outputTokens: 7 },
      contextSize: 107,
      steps: 1,
      durationMs: 0,
    });
    expect(rig.clock.pending()).toBe(0);
  });

  it("asks the provider for exactly what was planned", async () => {
    const rig = createRig({
      script: [[finish()]],
      plan: () => ({
        model: "m",
        system: "be nice",
        messages: [],
        tools: [echo],
        effort: "high",
        maxOutputTokens: 9,
      }),
    });
    await rig.run();
    expect(rig.requests).toEqual([
      {
        model: "m",
        system: "be nice",
        messages: [],
        tools: [echo.spec],
        effort: "high",
        maxOutputTokens: 9,
        conversationId: "c",
      },
    ]);
  });

  it("measures time to first content, decoding and the whole (K8)", async () => {
    const rig = createRig({ script: [[20, text("a"), 30, text("b"), 5, finish()]] });
    const outcome = await rig.run();
    expect(rig.of("step-complete")).toMatchObject([{ ttftMs: 20, decodeMs: 35, totalMs: 55 }]);
    expect(outcome.durationMs).toBe(55);
  });

  it.each([
    ["length", /output limit/],
    ["content-filter", /content filter/],
  ] as const)("is completed with a detail when the answer ends by %s", async (reason, detail) => {
    const rig = createRig({ script: [[text("a"), { type: "finish", reason }]] });
    expect(await rig.run()).toMatchObject({ reason: "completed", detail: expect.stringMatching(detail) });
  });

  it("takes the highest of the counts one request reports", async () => {
    const usage = { inputTokens: 50, outputTokens: 1, cacheReadTokens: 40 };
    const rig = createRig({
      script: [
        [
          { type: "usage", usage },
          text("a"),
          { type: "usage", usage: { inputTokens: 0, outputTokens: 9 } },
          finish(0, 3),
        ],
      ],
    });
    expect(await rig.run()).toMatchObject({
      usage: { inputTokens: 50, outputTokens: 9, cacheReadTokens: 40 },
      contextSize: 59,
    });
  });

  it("makes counts that are none into zero", async () => {
    const rig = createRig({ script: [[finish(Number.NaN, -3)]] });
    expect((await rig.run()).usage).toEqual({ inputTokens: 0, outputTokens: 0 });
  });

  it("gives provider data to the block it ends", async () => {
    const rig = createRig({
      script: [
        [
          reasoning("one"),
          { type: "reasoning", text: "", providerData: "signature 1" },
          { type: "reasoning", text: "two", providerData: "signature 2" },
          { type: "tool-call", name: "echo", input: "", providerData: 7 },
          finish(),
        ],
        [finish()],
      ],
      tools: [echo],
    });
    const outcome = await rig.run();
    expect(rig.of("reasoning")).toMatchObject([
      { text: "one", providerData: "signature 1" },
      { text: "two", providerData: "signature 2" },
    ]);
    expect(rig.of("tool-call")).toMatchObject([{ providerData: 7, input: {} }]);
    expect(outcome.messages[0]?.chunks).toMatchObject([
      { text: "one", providerData: "signature 1" },
      { text: "two", providerData: "signature 2" },
      { type: "tool-call", providerData: 7 },
    ]);
  });
});

describe("steps", () => {
  it("go on until one calls no tool, and keep call order in history (K1, K2)", async () => {
    const slow = toolOf("slow", async (_, { signal }) => {
      await rig.clock.sleep(50, signal);
      return "slow done";
    });
    const rig = createRig({
      script: [
        [text("Let me see."), call("slow"), call("echo", { a: 1 }), finish(10, 2)],
        [text("Done."), finish(20, 3)],
      ],
      tools: [slow, echo],
    });
    const outcome = await rig.run();
    expect(rig.types()).toEqual([
      "text",
      "tool-call",
      "tool-call",
      "tool-start",
      "tool-start",
      "tool-result",
      "tool-result",
      "step-complete",
      "text",
      "step-complete",
    ]);
    expect(rig.of("tool-result")).toMatchObject([
      {
        callId: "call0-1",
        name: "echo",
        output: '{"a":1}',
        isError: false,
        truncated: false,
        outcome: "ok",
        durationMs: 0,
      },
      { callId: "call0-0", name: "slow", output: "slow done", durationMs: 50 },
    ]);
    expect(outcome).toMatchObject({
      reason: "completed",
      steps: 2,
      usage: { inputTokens: 30, outputTokens: 5 },
      contextSize: 23,
      messages: [
        { messageId: "t#0.a", chunks: [{ type: "text" }, { callId: "call0-0" }, { callId: "call0-1" }] },
        { messageId: "t#0.t", role: "tool", chunks: [{ callId: "call0-0" }, { callId: "call0-1" }] },
        { messageId: "t#1.a", chunks: [{ type: "text", text: "Done." }] },
      ],
    });
  });

  it("commit records without a decision between them as one batch", async () => {
    const rig = createRig({
      script: [[[text("a"), call("echo", { n: 1 }), call("echo", { n: 2 }), finish()]], [finish()]],
      tools: [echo],
    });
    await rig.run();
    expect(rig.batches[0]?.map(({ type }) => type)).toEqual(["text", "tool-call", "tool-call"]);
  });

  it("ask for a plan only when everything before is stored", async () => {
    const seen: number[] = [];
    const rig = createRig({
      script: [[call("echo"), finish()], [finish()]],
      plan: () => {
        seen.push(rig.records.length);
        return { model: "m", messages: [], tools: [echo], effort: "medium" };
      },
      drainSteering: () =>
        seen.length === 1 ? [{ messageId: "s1", clientMessageId: "x", text: "wait" }] : [],
    });
    const outcome = await rig.run();
    expect(seen).toEqual([0, 5]);
    expect(rig.of("steering")).toMatchObject([
      { stepId: "t#0", messages: [{ messageId: "s1", clientMessageId: "x", text: "wait" }] },
    ]);
    expect(outcome.messages.map(({ role }) => role)).toEqual(["assistant", "tool", "user"]);
  });

  it("stop at the limit, with the last calls answered and nothing drained (K6)", async () => {
    let drained = 0;
    const rig = createRig({
      script: [
        [call("echo", { n: 1 }), finish()],
        [call("echo", { n: 2 }), finish()],
      ],
      tools: [echo],
      limits: { maxSteps: 2 },
      drainSteering: () => {
        drained++;
        return [];
      },
    });
    const outcome = await rig.run();
    expect(outcome).toMatchObject({
      reason: "max-steps",
      steps: 2,
      detail: expect.stringContaining("2 steps"),
    });
    expect(rig.of("tool-result")).toHaveLength(2);
    expect([rig.requests.length, drained]).toEqual([2, 1]);
  });

  it("go on with the number given when a turn resumes", async () => {
    const rig = createRig({ script: [[text("a"), finish()]], firstStep: 4 });
    expect(await rig.run()).toMatchObject({ reason: "completed", steps: 1 });
    expect(rig.of("text")).toMatchObject([{ stepId: "t#4", block: "b4-0" }]);
    const late = createRig({ firstStep: 4, limits: { maxSteps: 4 } });
    expect(await late.run()).toMatchObject({ reason: "max-steps", steps: 0 });
    expect(late.requests).toEqual([]);
  });

  it("end for the reason stepDone gives, unless the answer is complete anyway", async () => {
    const reports: unknown[] = [];
    const options = {
      tools: [echo],
      stepDone: (step: unknown) => {
        reports.push(step);
        return { reason: "error", detail: "Too dear." } as const;
      },
    };
    const rig = createRig({ script: [[call("echo"), finish(10, 5)]], ...options });
    expect(await rig.run()).toMatchObject({ reason: "error", detail: "Too dear.", steps: 1 });
    expect(reports).toEqual([
      { stepId: "t#0", usage: { inputTokens: 10, outputTokens: 5 }, contextSize: 15 },
    ]);
    const complete = createRig({ script: [[text("a"), finish()]], ...options });
    expect(await complete.run()).toMatchObject({ reason: "completed" });
  });

  it.each([
    ["plan", "plan-failed"],
    ["stepDone", "step-callback-failed"],
    ["drainSteering", "steering-failed"],
  ] as const)("fail the turn when %s throws", async (name, code) => {
    const rig = createRig({
      script: [[call("echo"), finish()]],
      tools: [echo],
      [name]: () => {
        throw new Error("broken");
      },
    });
    expect(await rig.run()).toMatchObject({
      reason: "error",
      error: { code, message: "broken", retryable: false },
    });
    expect(rig.records.at(-1)).toMatchObject({ type: "error", code });
  });

  it("keep the code and the fix of an error that has them", async () => {
    const error = Object.assign(new Error("no model x"), {
      code: "unknown-model",
      details: { fix: "Pick another." },
    });
    const rig = createRig({ plan: () => Promise.reject(error) });
    expect(await rig.run()).toMatchObject({
      error: { code: "unknown-model", fix: "Pick another." },
      messages: [],
      steps: 0,
    });
  });
});

describe("a sink that fails", () => {
  it("ends the turn, aborts its tools and is not asked again (store-failed)", async () => {
    let aborted = false;
    let commits = 0;
    const rig = createRig({
      script: [[call("wait"), 5, text("more"), finish()]],
      tools: [
        toolOf("wait", async (_, { signal }) => {
          signal.addEventListener("abort", () => {
            aborted = true;
          });
          await rig.clock.sleep(1_000, signal);
        }),
      ],
      sink: {
        async commit(records) {
          commits++;
          if (records.some(({ type }) => type === "text")) throw new Error("disk full");
        },
      },
    });
    expect(await rig.run()).toMatchObject({
      reason: "error",
      error: { code: "store-failed", message: "disk full" },
    });
    expect(aborted).toBe(true);
    expect(commits).toBe(3);
  });

  it("may fail with a delta too", async () => {
    const rig = createRig({
      script: [[text("a"), "hang"]],
      sink: {
        delta() {
          throw new Error("no");
        },
      },
    });
    expect(await rig.run()).toMatchObject({ reason: "error", error: { code: "store-failed" } });
  });
});
