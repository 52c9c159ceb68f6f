import type { DispatchEvent } from "@dispatch/wire";
import { expect, it } from "vitest";
import { snapshotOf, tell, turn } from "../testing/script.ts";
import { applyToLiveView, type LiveView, liveViewOf } from "./live-view.ts";

const begun = tell(turn(1, [["a"]]).slice(0, 2));
const error = { code: "rate", message: "slow down", retryable: true };
let seq = 2;
const event = (fields: Record<string, unknown>): DispatchEvent =>
  ({
    conversationId: "c",
    turnId: "t1",
    stepId: "t1#0",
    ts: 7,
    ...fields,
    ...("at" in fields ? {} : { seq: ++seq }),
  }) as unknown as DispatchEvent;

it("keeps what stands beside the messages: queue, approvals, tools, a retry, meta, the newest error", () => {
  let view: LiveView = liveViewOf(snapshotOf(begun));
  const apply = (fields: Record<string, unknown>) => {
    const next = applyToLiveView(view, event(fields));
    if (next === "gap") throw new Error("a gap");
    expect(next).not.toBe(view);
    view = next;
    return view;
  };
  const queue = [{ messageId: "q", text: "later", deliver: "steer", ts: 1 }];
  expect(apply({ type: "queue-changed", queue, held: true })).toMatchObject({ queue, held: true });
  expect(apply({ type: "provider-retry", attempt: 1, delayMs: 5, retryAt: 99, error }).retry).toEqual({
    attempt: 1,
    retryAt: 99,
    error,
  });
  expect(apply({ type: "text-delta", block: "b", at: 0, text: "x" }).retry).toBeUndefined();
  apply({ type: "tool-call", callId: "k", name: "run_command", input: {} });
  const request = { name: "run_command", input: {}, cwd: "/", kind: "execute" };
  expect(
    apply({ type: "approval-requested", approvalId: "a", callId: "k", request, hash: "h" }).approvals,
  ).toMatchObject([{ approvalId: "a", conversationId: "c", turnId: "t1", requestedAt: 7 }]);
  expect(view.conversation?.waiting).toBe("approval");
  expect(
    apply({ type: "approval-resolved", approvalId: "a", callId: "k", decision: "allow" }).approvals,
  ).toEqual([]);
  expect(view.conversation).not.toHaveProperty("waiting");
  expect(apply({ type: "tool-start", callId: "k" }).tools).toEqual([
    { callId: "k", name: "run_command", startedAt: 7 },
  ]);
  expect(
    apply({
      type: "tool-result",
      callId: "k",
      name: "run_command",
      output: "",
      isError: false,
      truncated: false,
      outcome: "ok",
      durationMs: 1,
    }).tools,
  ).toEqual([]);
  apply({ type: "approval-requested", approvalId: "b", callId: "m", request, hash: "h" });
  const denied = { output: "no", isError: true, truncated: false, outcome: "aborted", durationMs: 0 };
  expect(apply({ type: "tool-result", callId: "m", name: "x", ...denied }).approvals).toEqual([]);
  apply({ type: "approval-requested", approvalId: "d", callId: "n", request, hash: "h" });
  const cut = { type: "attempt-superseded", stepId: "t1#0", attempt: 1, blocks: [], callIds: ["n"] };
  expect(apply(cut).approvals).toEqual([]);
  const patch = { title: "New", labels: ["x"], pinned: true, settings: { model: "a/b" } };
  expect(apply({ type: "meta-changed", patch }).conversation).toMatchObject({
    title: "New",
    labels: ["x"],
    pinned: true,
    model: "a/b",
    settings: { model: { value: "a/b", source: "conversation" } },
  });
  expect(apply({ type: "error", ...error }).error).toEqual(error);
  apply({ type: "done", reason: "error" });
  expect(apply({ type: "status-changed", status: "idle" }).conversation?.status).toBe("idle");
  expect(apply({ type: "turn-sealed" }).view.turn).toBeUndefined();
  expect(apply({ type: "turn-start", turnId: "t2", model: "x/y", attempt: 1 }).error).toBeUndefined();
  expect(applyToLiveView(view, { ...event({ type: "turn-resumed" }), seq: 99 } as DispatchEvent)).toBe("gap");
});

it("asks for a snapshot where only the server knows what holds instead of what was cleared", () => {
  const patches = [{ title: null }, { settings: { model: null } }, { workspace: "w" }];
  for (const patch of patches) {
    seq = 2;
    expect(applyToLiveView(liveViewOf(snapshotOf(begun)), event({ type: "meta-changed", patch }))).toBe(
      "gap",
    );
  }
  seq = 2;
  const kept = event({ type: "meta-changed", patch: { workspace: null, labels: null } });
  expect(applyToLiveView(liveViewOf(snapshotOf(begun)), kept)).toMatchObject({
    conversation: { labels: [] },
  });
});
