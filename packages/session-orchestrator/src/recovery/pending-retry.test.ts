import type { LogRecord } from "@dispatch/wire";
import { expect, test } from "vitest";
import { pendingRetry } from "./pending-retry.ts";

const retry = (seq: number, turnId = "t"): LogRecord => ({
  type: "provider-retry",
  seq,
  ts: 0,
  turnId,
  stepId: `${turnId}#0`,
  attempt: 1,
  delayMs: 100,
  retryAt: 200,
  error: { code: "provider-rate-limited", message: "Slow down.", retryable: true },
});
const meta: LogRecord = { type: "meta-changed", seq: 2, ts: 0, patch: { title: "x" } };
const text: LogRecord = { type: "text", seq: 3, ts: 0, turnId: "t", stepId: "t#0", block: "b", text: "x" };
const open = [{ block: "b", text: "x", meta: "{}" }];

test.each([
  ["in the sleep", [retry(1)], [], true],
  ["in the sleep, a title set meanwhile", [retry(1), meta], [], true],
  ["after the first word was saved", [retry(1)], open, false],
  ["after a record", [retry(1), text], [], false],
  ["in another turn's sleep", [retry(1, "s")], [], false],
  ["before anything", [], [], false],
] as const)("cut %s", (_, records, blocks, waits) => {
  expect(pendingRetry("t", records, blocks) !== undefined).toBe(waits);
});
