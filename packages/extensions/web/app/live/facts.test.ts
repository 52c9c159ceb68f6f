import type { DispatchEvent, TurnMetrics } from "@dispatch/wire";
import { expect, test } from "vitest";
import { addMetrics, applyFacts, noFacts } from "./facts.ts";

const base = { conversationId: "c", turnId: "t", ts: 1 };
const usage = { inputTokens: 10, outputTokens: 5 };
const events = [
  { ...base, seq: 2, ts: 100, type: "tool-start", callId: "k" },
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
  expect(facts.calls.get("k")).toEqual({ startedAt: 100 });
  expect(facts.turns.get("t")).toEqual({
    reason: "error",
    durationMs: 50,
    usage,
    model: "m",
    error: { code: "quota", message: "No money.", retryable: false, fix: "Pay." },
    notices: [{ level: "warning", text: "shortened" }],
  });
  expect(noFacts.turns.size).toBe(0);
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
  const error = { code: "quota", message: "No money.", retryable: false };
  const notices = [{ level: "warning" as const, text: "earlier" }, ...(facts.turns.get("t")?.notices ?? [])];
  const told = addMetrics(facts, [
    { ...row("running"), error, notices },
    { ...row("t", "error"), notices },
  ]);
  expect(told.turns.get("running")).toEqual({ error, notices });
  expect(told.turns.get("t")).toMatchObject({ reason: "error", notices });
});
