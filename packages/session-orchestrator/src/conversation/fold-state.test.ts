import type { LogRecord } from "@dispatch/wire";
import { expect, it } from "vitest";
import { foldState } from "./fold-state.ts";
import { emptyState } from "./state.ts";

const fold = (...records: readonly object[]) =>
  records
    .map((record, index) => ({ seq: index + 1, ts: 1_000 + index, turnId: "t", ...record }) as LogRecord)
    .reduce(foldState, emptyState("c"));
const start = { type: "turn-start", model: "m", effort: "high", cwd: "/", maxSteps: 5, attempt: 1, turn: 1 };
const asked = { type: "approval-requested", approvalId: "a", callId: "c", request: {}, hash: "h" };
const step = (inputTokens: number, outputTokens: number) => ({
  type: "step-complete",
  usage: { inputTokens, outputTokens },
});

it("questions are one turn's, and over when their call is answered", () => {
  expect(fold(start, asked).approvals).toHaveLength(1);
  expect(fold(start, asked, { ...start, attempt: 2 }).approvals).toHaveLength(1);
  expect(fold(start, asked, { type: "tool-result", callId: "c" }).approvals).toEqual([]);
  expect(fold(asked, start).approvals).toEqual([]);
  expect(fold(start, asked, { ...start, turnId: "u", turn: 2 }).approvals).toEqual([]);
});

it("a step that a resumption completed without a request says nothing of the context's size", () => {
  expect(fold(start, step(100, 20), step(0, 0)).contextSize).toBe(120);
});

it("a turn began when its first attempt did", () => {
  expect(fold(start, { ...start, attempt: 2 }).running).toMatchObject({ startedAt: 1_000, attempt: 2 });
});

it("a patch sets what can be set, whatever it is called", () => {
  const patch = JSON.parse('{"settings":{"__proto__":{"approvals":"full"},"toString":"x","effort":"low"}}');
  const { settings } = fold({ type: "meta-changed", patch });
  expect(settings).toEqual({ effort: "low" });
  expect(settings.approvals).toBeUndefined();
});
