import { expect, it } from "vitest";
import { createRetryPolicy } from "./retry.ts";

const error = { code: "rate-limited", message: "Slow down.", retryable: true };
const policyOf = (budgetMs = 100_000, delaysMs: readonly number[] = [5_000, 10_000]) =>
  createRetryPolicy({ delaysMs, budgetMs, random: () => 0.5 });

it("follows the schedule with jitter, the last delay again and again", () => {
  const policy = policyOf();
  expect([1, 2, 3].map((attempt) => policy.delayFor(attempt, error))).toEqual([5_500, 11_000, 11_000]);
});

it("waits as long as the server asks for, until the budget is spent", () => {
  const policy = policyOf(9_000);
  expect(policy.delayFor(1, { ...error, retryAfterMs: 8_000 })).toBe(8_000);
  expect(policy.delayFor(2, { ...error, retryAfterMs: 2_000 })).toBe("stop");
});

it("a server that asks for no wait is not asked without one, for ever", () => {
  const policy = policyOf(60_000);
  const delays: (number | "stop")[] = [];
  for (let attempt = 1; attempt <= 1_000 && delays.at(-1) !== "stop"; attempt++)
    delays.push(policy.delayFor(attempt, { ...error, retryAfterMs: 0 }));
  expect(delays.slice(0, 3)).toEqual([500, 1_000, 1_000]);
  expect(delays.at(-1)).toBe("stop");
});

it("without delays nothing is tried again", () => {
  expect(policyOf(1_000, []).delayFor(1, { ...error, retryAfterMs: 1 })).toBe("stop");
});
