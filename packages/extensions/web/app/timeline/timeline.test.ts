import type { Approval, Message } from "@dispatch/wire";
import { createView } from "@dispatch/wire/shown";
import { expect, test } from "vitest";
import { applyFacts, type Facts, noFacts } from "../live/facts.ts";
import { type Item, type TimelineView, type ToolItem, timeline } from "./timeline.ts";

const message = (fields: Partial<Message> & Pick<Message, "messageId" | "role">): Message => ({
  seq: 1,
  ts: 0,
  status: "complete",
  chunks: [],
  ...fields,
});
const user = (id: string, turnId: string) =>
  message({ messageId: id, role: "user", turnId, chunks: [{ type: "text", text: id }] });
const view = (messages: Message[], rest: Partial<TimelineView> = {}, runningTurn?: string): TimelineView => {
  const made = createView();
  made.messages = messages;
  if (runningTurn !== undefined) made.turn = { turnId: runningTurn, model: "m", attempt: 1 };
  return { view: made, approvals: [], tools: [], ...rest };
};
const ended = (...turns: string[]): Facts =>
  turns.reduce(
    (facts, turnId) =>
      applyFacts(facts, {
        type: "done",
        conversationId: "c",
        turnId,
        seq: 1,
        ts: 1,
        reason: "completed",
        usage: { inputTokens: 1, outputTokens: 1 },
        contextSize: 1,
        durationMs: 1,
        steps: 1,
        model: "m",
      }),
    noFacts,
  );
const kinds = (items: readonly Item[]) => items.map(({ kind, key }) => `${kind} ${key}`);
const call = (callId: string, input: unknown = {}) => ({
  type: "tool-call" as const,
  callId,
  name: "read_file",
  input,
});

test("a result stands with its call, and a turn's end after its last message", () => {
  const items = timeline(
    [user("u0", "t0")],
    view([
      user("u1", "t1"),
      message({
        messageId: "t1#0.a",
        role: "assistant",
        turnId: "t1",
        chunks: [
          { type: "reasoning", text: "hm" },
          { type: "text", text: "Let me see." },
          call("k", { path: "a.txt" }),
        ],
      }),
      message({
        messageId: "t1#0.t",
        role: "tool",
        turnId: "t1",
        chunks: [
          {
            type: "tool-result",
            callId: "k",
            name: "read_file",
            output: "alpha",
            isError: false,
            truncated: true,
            outcome: "ok",
          },
        ],
      }),
      message({
        messageId: "t1#1.a",
        role: "assistant",
        turnId: "t1",
        chunks: [{ type: "text", text: "It says alpha." }],
      }),
    ]),
    ended("t0", "t1"),
  );
  expect(kinds(items)).toEqual([
    "user u0",
    "end end-t0",
    "user u1",
    "reasoning t1#0.a/0",
    "text t1#0.a/1",
    "tool k",
    "text t1#1.a/0",
    "end end-t1",
  ]);
  expect(items[5]).toMatchObject({ target: "a.txt", output: "alpha", outcome: "ok", truncated: true });
});

test("a running call shows what it says so far; one that was left by its turn says that", () => {
  const calls = (turnId: string, callId: string) =>
    message({
      messageId: `${turnId}#0.a`,
      role: "assistant",
      turnId,
      status: "running",
      chunks: [call(callId)],
    });
  const shown = view(
    [calls("t0", "left"), calls("t1", "k")],
    { tools: [{ callId: "k", name: "read_file", startedAt: 5 }] },
    "t1",
  );
  shown.view.open.set("k", {
    block: "k",
    kind: "tool-output",
    messageId: "t1#0.t",
    turnId: "t1",
    stepId: "t1#0",
    text: "so far",
  });
  const tools = timeline([], shown, noFacts).filter((item): item is ToolItem => item.kind === "tool");
  expect(tools.map(({ isLeft, output, startedAt }) => [isLeft, output, startedAt])).toEqual([
    [true, undefined, undefined],
    [false, "so far", 5],
  ]);
});

test("a question stands at its call, and is asked even when the call is not among the messages", () => {
  const approval = (callId: string): Approval => ({
    approvalId: `a-${callId}`,
    conversationId: "c",
    turnId: "t1",
    callId,
    requestedAt: 1,
    request: { name: "run_command", input: { argv: ["ls"] }, cwd: "/", kind: "execute" },
  });
  const shown = view(
    [message({ messageId: "t1#0.a", role: "assistant", turnId: "t1", chunks: [call("k")] })],
    { approvals: [approval("k"), approval("elsewhere")] },
    "t1",
  );
  const tools = timeline([], shown, noFacts).filter((item): item is ToolItem => item.kind === "tool");
  expect(tools.map(({ key, name, approval }) => [key, name, approval?.approvalId])).toEqual([
    ["k", "read_file", "a-k"],
    ["elsewhere", "run_command", "a-elsewhere"],
  ]);
});

test("the running turn has no end yet, and text that grows is there", () => {
  const shown = view([user("u1", "t1")], {}, "t1");
  shown.view.open.set("b", {
    block: "b",
    kind: "text",
    messageId: "t1#0.a",
    turnId: "t1",
    stepId: "t1#0",
    text: "Hel",
  });
  const items = timeline([], shown, ended("t1"));
  expect(kinds(items)).toEqual(["user u1", "text t1#0.a/0"]);
});

test("a turn that failed before it said anything has its end after what was asked", () => {
  expect(kinds(timeline([], view([user("u1", "t1")]), ended("t1")))).toEqual(["user u1", "end end-t1"]);
});
