import type { LogRecord } from "@dispatch/wire";
import { expect, it } from "vitest";
import { sleptMs, triesOf, workedMs } from "./earlier-attempts.ts";

const records = (...all: readonly (readonly [string, number, object?])[]): LogRecord[] =>
  all.map(
    ([type, ts, more = {}], index) => ({ seq: index + 1, ts, turnId: "t", type, ...more }) as LogRecord,
  );
const retry = { attempt: 1, delayMs: 100, retryAt: 0, error: {} };

it("sleep counts as long as it went on, and what is left of it once", () => {
  const before = records(["turn-start", 0], ["provider-retry", 10, retry], ["provider-retry", 120, retry]);
  expect(sleptMs("t", before)).toBe(200);
  // Cut after 30 ms of the second; the server came back at once, and the 70 ms that were left are said again.
  const cut = records(
    ["provider-retry", 10, retry],
    ["meta-changed", 40, { turnId: undefined }],
    ["provider-retry", 120, retry],
    ["attempt-superseded", 150],
    ["turn-start", 150],
    ["provider-retry", 150, { ...retry, delayMs: 70 }],
  );
  expect(sleptMs("t", cut)).toBe(200);
  expect(sleptMs("s", cut)).toBe(0);
});

it("work is the time of the attempts, not the time between them", () => {
  expect(workedMs("t", [])).toBe(0);
  expect(workedMs("t", records(["user-message", 0], ["turn-start", 5], ["text", 25]))).toBe(20);
  const twice = records(
    ["turn-start", 0],
    ["tool-start", 30],
    ["tool-result", 9_000],
    ["step-complete", 9_000],
    ["turn-start", 9_000],
    ["text", 9_050],
  );
  expect(workedMs("t", twice)).toBe(80);
});

it("a step that only a resumption completed is no progress", () => {
  const step = ["tool-start", 0] as const;
  const attempt = [["tool-result", 0], ["step-complete", 0], ["turn-start", 0], step] as const;
  expect(triesOf("t", records(["turn-start", 0], step))).toBe(1);
  expect(triesOf("t", records(["turn-start", 0], step, ...attempt, ...attempt))).toBe(3);
  const further = [["tool-result", 0], ["step-complete", 0], step] as const;
  expect(triesOf("t", records(["turn-start", 0], step, ...attempt, ...further))).toBe(0);
  expect(triesOf("t", records(["turn-start", 0], step, ...further, ...attempt))).toBe(1);
});
