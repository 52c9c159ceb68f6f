import type { DispatchEvent, TurnMetrics } from "@dispatch/wire";
import { expect, test } from "vitest";
import { addMetrics, applyFacts, noFacts } from "./facts.ts";

const base = { conversationId: "c", turnId: "t", ts: 1 };
const usage = { inputTokens: 10, outputTokens: 5 };
const events = [
  { ...base, seq: 1, type: "tool-call", callId: "k", name: "read_file", input: {}, target: "a.txt" },
  { ...base, seq: 2, ts: 100, type: "tool-start", callId: "k" },
  { ...base, seq: 3, type: "turn-stalled", idleMs: 900 },
  { ...base, seq: 4, type: "turn-resumed" },
  {
    ...base,
    seq: 5,
    type: "tool-result",
    callId: "k",
    name: "read_file",
    output: "x",
    isError: false,
    truncated: false,
    outcome: "ok",
    durationMs: 7,
  },
  { ...base, seq: 6, type: "notice", level: "warning", text: "shortened" },
  { ...base, seq: 7, type: "error", code: "quota", message: "No money.", retryable: false, fix: "Pay." },
  {
    ...base,
    seq: 8,
    type: "done",
    reason: "error",
    usage,
    contextSize: 1,
    durationMs: 50,
    steps: 1,
    model: "m",
  },
] satisfies DispatchEvent[];

test("what happened to calls and turns is gathered from their records", () => {
  const facts = events.reduce(applyFacts, noFacts);
  expect(facts.calls.get("k")).toEqual({ target: "a.txt", startedAt: 100, durationMs: 7 });
  expect(facts.turns.get("t")).toEqual({
    reason: "error",
    durationMs: 50,
    usage,
    model: "m",
    stalledMs: undefined,
    error: { code: "quota", message: "No money.", retryable: false, fix: "Pay." },
    notices: [{ level: "warning", text: "shortened" }],
  });
  expect(noFacts.turns.size).toBe(0);
});

test("a stall is known until the turn goes on", () => {
  const stalled = events.slice(0, 3).reduce(applyFacts, noFacts);
  expect(stalled.turns.get("t")?.stalledMs).toBe(900);
  expect(events.slice(0, 4).reduce(applyFacts, noFacts).turns.get("t")?.stalledMs).toBeUndefined();
});

test("other events leave the very same object", () => {
  const delta: DispatchEvent = {
    type: "text-delta",
    conversationId: "c",
    turnId: "t",
    stepId: "t#0",
    block: "b",
    at: 0,
    text: "x",
  };
  expect(applyFacts(noFacts, delta)).toBe(noFacts);
});

test("metrics tell of earlier turns and never overrule what was seen", () => {
  const row = (turnId: string, reason?: TurnMetrics["reason"]): TurnMetrics => ({
    turnId,
    model: "m",
    startedAt: 1,
    steps: 1,
    toolCalls: 0,
    toolErrors: 0,
    retries: 0,
    attempts: 1,
    decodeMs: 1,
    durationMs: 3,
    usage,
    ...(reason && { reason }),
  });
  const seen = events.reduce(applyFacts, noFacts);
  const facts = addMetrics(seen, [row("t", "completed"), row("u", "aborted"), row("running")]);
  expect(facts.turns.get("t")?.reason).toBe("error");
  expect(facts.turns.get("u")).toMatchObject({ reason: "aborted", durationMs: 3, notices: [] });
  expect(facts.turns.has("running")).toBe(false);
});
