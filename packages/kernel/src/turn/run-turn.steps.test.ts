import { describe, expect, it } from "vitest";
import { call, createRig, finish, text, toolOf } from "./fixtures/turn-rig.ts";

const echo = toolOf("echo", (input) => JSON.stringify(input));

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

  it("commit their last text with their end when nothing was called, before the results when something was", async () => {
    const rig = createRig({
      script: [
        [call("echo", { n: 1 }), text("a"), finish()],
        [text("b"), text("c"), finish()],
      ],
      tools: [echo],
    });
    await rig.run();
    expect(rig.types()).toEqual([
      ...["tool-call", "tool-start", "text", "tool-result", "step-complete"],
      ...["text", "step-complete"],
    ]);
    expect(rig.batches.at(-1)?.map(({ type }) => type)).toEqual(["text", "step-complete"]);
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
