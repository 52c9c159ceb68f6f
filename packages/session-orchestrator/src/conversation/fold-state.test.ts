import { type ConversationRow, type LogRecord, noUsage } from "@dispatch/wire";
import { expect, it } from "vitest";
import { foldState } from "./fold-state.ts";
import { changedRow } from "./row.ts";
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

it("a list tells who waits for a person, and is written anew when that changes, and only then", () => {
  const second = { ...asked, approvalId: "b", callId: "d" };
  const answer = (approvalId: string) => ({ type: "approval-resolved", approvalId, decision: "allow" });
  const result = (callId: string) => ({ type: "tool-result", callId });
  const rows = (...records: readonly object[]) =>
    records.map((_, index) => {
      const [before, after] = [
        fold(start, ...records.slice(0, index)),
        fold(start, ...records.slice(0, index + 1)),
      ];
      const row = changedRow(before, after);
      return row && ((JSON.parse(row.json) as ConversationRow).waiting ?? "nobody");
    });
  expect(rows(asked, second, answer("a"), answer("b"))).toEqual(["approval", undefined, undefined, "nobody"]);
  expect(rows(asked, result("c"))).toEqual(["approval", "nobody"]);
  expect(rows(asked, { type: "turn-sealed" })).toEqual(["approval", "nobody"]);
  expect(rows(asked, { type: "attempt-superseded", callIds: ["c"], blocks: [] })).toEqual([
    "approval",
    "nobody",
  ]);
  expect(rows(asked, answer("a"), { type: "tool-start", callId: "c" })).toEqual([
    "approval",
    "nobody",
    undefined,
  ]);
});

it("a step that a resumption completed without a request says nothing of the context's size", () => {
  expect(fold(start, step(100, 20), step(0, 0)).contextSize).toBe(120);
});

it("the last turn says why it ended, in the error's words or its own, and not too long", () => {
  const done = (reason: string, detail?: string) => ({ type: "done", reason, usage: noUsage, detail });
  const error = { type: "error", code: "auth", message: "The key is not valid. ", fix: "Set another one." };
  expect(fold(start, error, done("error")).lastTurn).toEqual({
    turnId: "t",
    reason: "error",
    code: "auth",
    detail: "The key is not valid. Set another one.",
  });
  expect(fold(start, done("stalled", "Nothing for 20 min.")).lastTurn).toEqual({
    turnId: "t",
    reason: "stalled",
    detail: "Nothing for 20 min.",
  });
  expect(fold(start, error, start, done("timeout")).lastTurn).toEqual({ turnId: "t", reason: "timeout" });
  expect(fold(start, done("completed")).lastTurn).toEqual({ turnId: "t", reason: "completed" });
  const long = fold(start, { ...error, message: `${"x".repeat(398)}😀😀` }, done("error")).lastTurn?.detail;
  expect(long).toBe(`${"x".repeat(398)}…`);
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
