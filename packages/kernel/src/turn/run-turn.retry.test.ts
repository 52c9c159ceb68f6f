import { describe, expect, it } from "vitest";
import type { ProviderEvent, ProviderFailure } from "../contracts/provider.ts";
import type { RetryPolicy } from "../contracts/turn.ts";
import { type Act, call, createRig, finish, reasoning, text, toolOf } from "./fixtures/turn-rig.ts";

const overloaded: ProviderFailure = {
  code: "overloaded",
  message: "Try later.",
  retryable: true,
  retryAfterMs: 7,
};
const failure = (error: ProviderFailure = overloaded): ProviderEvent => ({ type: "error", error });
const thrown = (more: object) => Object.assign(new Error("socket hang up"), more);
/** Waits 100 ms more at each attempt, three times. */
const patient: RetryPolicy = { delayFor: (attempt) => (attempt > 3 ? "stop" : attempt * 100) };

describe("a failure before any content (K3)", () => {
  it.each<[string, Act[], object]>([
    ["reported", [failure()], { code: "overloaded", message: "Try later.", retryable: true }],
    [
      "reported after usage",
      [{ type: "usage", usage: { inputTokens: 1, outputTokens: 0 } }, failure()],
      { code: "overloaded" },
    ],
    [
      "thrown as such",
      [thrown({ code: "network", retryable: true })],
      { code: "network", message: "socket hang up" },
    ],
    [
      "thrown and marked",
      [thrown({ code: "ECONNRESET", retryable: true })],
      { code: "provider-error", retryable: true },
    ],
    ["a stream that just ends", ["end"], { code: "truncated", retryable: true }],
    ["after empty text", [text(""), "end"], { code: "truncated" }],
  ])("is retried after the policy's delay, announced before it: %s", async (_, acts, error) => {
    const stored: number[] = [];
    const rig = createRig({
      script: [acts, acts, [text("ok"), finish()]],
      retry: {
        delayFor: (attempt, given) => {
          stored.push(rig.records.length);
          expect(given).toMatchObject(error);
          return patient.delayFor(attempt, given);
        },
      },
    });
    expect(await rig.run()).toMatchObject({ reason: "completed", steps: 1, durationMs: 300 });
    expect(rig.records).toMatchObject([
      { type: "provider-retry", stepId: "t#0", attempt: 1, delayMs: 100, retryAt: 1_000_100, error },
      { type: "provider-retry", stepId: "t#0", attempt: 2, delayMs: 200, retryAt: 1_000_300, error },
      { type: "text" },
      { type: "step-complete", totalMs: 0 },
    ]);
    expect(Object.keys(rig.of("provider-retry")[0]?.error ?? {})).toEqual(["code", "message", "retryable"]);
    expect(stored).toEqual([0, 1]);
    expect(rig.requests).toHaveLength(3);
    expect(rig.requests[2]).toEqual(rig.requests[0]);
  });

  it("hears how long the provider asks to wait", async () => {
    let asked: number | undefined;
    const rig = createRig({
      script: [[failure()]],
      retry: {
        delayFor: (_, error) => {
          asked = error.retryAfterMs;
          return "stop";
        },
      },
    });
    await rig.run();
    expect(asked).toBe(7);
  });

  it("ends the turn when the budget is spent", async () => {
    const rig = createRig({ script: Array(9).fill([failure()]), retry: patient });
    expect(await rig.run()).toMatchObject({
      reason: "error",
      error: { code: "overloaded", retryable: true },
      messages: [],
    });
    expect(rig.types()).toEqual(["provider-retry", "provider-retry", "provider-retry", "error"]);
    expect(rig.records.at(-1)).toEqual({
      turnId: "t",
      type: "error",
      stepId: "t#0",
      code: "overloaded",
      message: "Try later.",
      retryable: true,
    });
  });

  it.each<[string, Act[], RetryPolicy | undefined, object]>([
    ["there is no policy", [failure()], undefined, { code: "overloaded" }],
    [
      "it is not retryable",
      [failure({ code: "bad-key", message: "No.", retryable: false, fix: "Log in." })],
      patient,
      { code: "bad-key", fix: "Log in." },
    ],
    [
      "it is thrown by accident",
      [thrown({ code: "ERR_X" })],
      patient,
      { code: "provider-error", message: "socket hang up", retryable: false },
    ],
    [
      "the policy fails",
      [failure()],
      {
        delayFor: () => {
          throw new Error("x");
        },
      },
      { code: "overloaded" },
    ],
  ])("ends the turn at once when %s", async (_, acts, retry, error) => {
    const rig = createRig({ script: [acts], ...(retry && { retry }) });
    expect(await rig.run()).toMatchObject({ reason: "error", error, steps: 1 });
    expect(rig.types()).toEqual(["error"]);
  });

  it("counts what failed requests cost", async () => {
    const cost: ProviderEvent = { type: "usage", usage: { inputTokens: 100, outputTokens: 0 } };
    const rig = createRig({
      script: [
        [cost, failure()],
        [cost, text("a"), finish(100, 5)],
      ],
      retry: patient,
    });
    const usage = { inputTokens: 200, outputTokens: 5 };
    expect(await rig.run()).toMatchObject({ usage, contextSize: 105 });
    expect(rig.of("step-complete")).toMatchObject([{ usage }]);
  });
});

describe("a failure after content", () => {
  it.each<[string, Act, string]>([
    ["text", text("par"), "text"],
    ["reasoning", reasoning("par"), "reasoning"],
    ["data without text", { type: "reasoning", text: "", providerData: 1 }, "reasoning"],
  ])("is never retried; partial %s is sealed before the error", async (_, content, type) => {
    const rig = createRig({ script: [[content, failure()]], retry: patient });
    expect(await rig.run()).toMatchObject({ reason: "error", messages: [{ role: "assistant" }] });
    expect(rig.types()).toEqual([type, "error"]);
  });

  it("answers calls that ran, that run and that wait, before the error", async () => {
    const tool = toolOf("tool", async (input, { signal }) => {
      if ((input as { slow?: boolean }).slow) await rig.clock.sleep(60_000, signal);
      return "done";
    });
    const rig = createRig({
      script: [[call("tool"), call("tool", { slow: true }), call("tool", { n: 1 }), 10, "end"]],
      tools: [tool],
      retry: patient,
      dispatch: { maxConcurrent: 1, eager: true },
    });
    const outcome = await rig.run();
    expect(outcome).toMatchObject({ reason: "error", error: { code: "truncated" }, durationMs: 10 });
    expect(rig.of("tool-result")).toMatchObject([
      { callId: "call0-0", outcome: "ok" },
      { callId: "call0-2", outcome: "aborted", output: "Not run: the turn failed." },
      { callId: "call0-1", outcome: "aborted", output: expect.stringMatching(/^Cut short: the turn failed/) },
    ]);
    expect(rig.types().at(-1)).toBe("error");
    expect(outcome.messages[1]?.chunks).toMatchObject([
      { callId: "call0-0" },
      { callId: "call0-1" },
      { callId: "call0-2" },
    ]);
  });
});

it("reads nothing after the answer's end, and events of unknown kinds are passed over", async () => {
  const odd = { type: "weather" } as unknown as ProviderEvent;
  const rig = createRig({ script: [[[odd, text("a"), finish(), text("b")], failure()]] });
  expect(await rig.run()).toMatchObject({ reason: "completed" });
  expect(rig.of("text")).toMatchObject([{ text: "a" }]);
});
