import { expect, test } from "vitest";
import { endText, errorText, runningText } from "./turn-text.ts";

const usage = { inputTokens: 1_240, outputTokens: 340 };
const quiet = { retry: undefined, waiting: undefined, stalledMs: undefined, approvals: [], tools: [] };
const error = { code: "overloaded", message: "The provider is busy.", retryable: true };

test("an end says how, how long and how much", () => {
  expect(endText({ notices: [], reason: "completed", durationMs: 4_200, usage, model: "a/b" })).toBe(
    "Done · 4.2 s · 1.2k in, 340 out · a/b",
  );
  expect(endText({ notices: [], reason: "aborted" })).toBe("Stopped");
  expect(
    endText({ notices: [], reason: "error", usage: { inputTokens: 0, outputTokens: 0 }, durationMs: 5 }),
  ).toBe("Failed · 5 ms");
});

test("an error says what to do", () => {
  expect(errorText({ ...error, fix: "Wait." })).toBe("The provider is busy. Wait.");
  expect(errorText({ ...error, message: "" })).toBe("overloaded");
});

const tool = (name: string) => ({ callId: name, name, startedAt: 0 });
const approval = {
  approvalId: "a",
  conversationId: "c",
  turnId: "t",
  callId: "k",
  requestedAt: 0,
  request: { name: "x", input: {}, cwd: "/", kind: "read" as const },
};
test.each([
  [quiet, "Working"],
  [{ ...quiet, tools: [tool("read_file")] }, "Running read_file"],
  [{ ...quiet, tools: [tool("a"), tool("b")] }, "Running 2 tools"],
  [{ ...quiet, waiting: "slot" }, "Waiting: other turns are running"],
  [{ ...quiet, waiting: "something new" }, "Waiting: something new"],
  [{ ...quiet, approvals: [approval], tools: [tool("a")] }, "Waiting for your answer"],
  [{ ...quiet, stalledMs: 900_000 }, "No progress for 15 min"],
  [
    { ...quiet, retry: { attempt: 2, retryAt: 12_400, error } },
    "The provider is busy. Trying again in 3 s (attempt 3)",
  ],
  [
    { ...quiet, retry: { attempt: 1, retryAt: 310_000, error } },
    "The provider is busy. Trying again in 5 min (attempt 2)",
  ],
])("%j says what it does", (live, text) => {
  expect(runningText(live, 10_000)).toBe(text);
});
