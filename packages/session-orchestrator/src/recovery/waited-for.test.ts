import type { LogRecord } from "@dispatch/wire";
import { expect, it } from "vitest";
import { waitedFor } from "./waited-for.ts";

const called = (callId: string, name: string) => ({ type: "tool-call", callId, name, input: {} });
const started = (callId: string) => ({ type: "tool-start", callId });
const asked = (callId: string) => ({
  type: "approval-requested",
  approvalId: `a-${callId}`,
  callId,
  hash: "",
});
const resolved = (callId: string) => ({
  type: "approval-resolved",
  approvalId: `a-${callId}`,
  callId,
  decision: "allow",
});
const result = (callId: string) => ({ type: "tool-result", callId, outcome: "ok" });
const retry = { type: "provider-retry", attempt: 1, delayMs: 100, retryAt: 50, error: {} };

it.each<[string, readonly object[], string | undefined]>([
  ["nothing: it was at work", [], undefined],
  ["a retry", [retry], "retry"],
  ["a retry whose time had come", [{ ...retry, retryAt: 5 }], undefined],
  ["an answer", [called("c", "run"), asked("c")], "approval"],
  [
    "an answer, while another call waits for its turn",
    [called("c", "run"), called("d", "run"), asked("c")],
    "approval",
  ],
  ["nothing: it was answered", [called("c", "run"), asked("c"), resolved("c")], undefined],
  [
    "nothing: a command ran beside the question",
    [called("c", "run"), asked("c"), called("d", "run"), started("d")],
    undefined,
  ],
  [
    "an answer, the command beside it having ended",
    [called("c", "run"), asked("c"), called("d", "run"), started("d"), result("d")],
    "approval",
  ],
  ["a child", [called("c", "spawn"), started("c")], "child"],
  [
    "nothing: a command ran beside the child",
    [called("c", "spawn"), started("c"), called("d", "run"), started("d")],
    undefined,
  ],
  [
    "nothing: the step is void",
    [called("c", "run"), asked("c"), { type: "attempt-superseded", callIds: ["c"] }],
    undefined,
  ],
])("waited for %s", (_name, records, expected) => {
  const own = records.map((record, seq) => ({ seq, ts: 0, turnId: "t", ...record }) as LogRecord);
  expect(waitedFor("t", own, [], 10, (name) => name === "spawn")).toBe(expected);
});
