/** A sound history as evidence, for the tests of the invariants: one turn with all that a turn can have, and who saw it. */
import type { LogRecord, Message, NewRecord } from "@dispatch/wire";
import { type Evidence, type Held, type Line, nothing } from "../evidence.ts";

const usage = { inputTokens: 1, outputTokens: 1 };
export const t = "t1";
export const step = { turnId: t, stepId: "t1#0" };
export const start = { effort: "high", cwd: "/", maxSteps: 9, model: "m", attempt: 1, turn: 1 } as const;
const done = {
  type: "done",
  turnId: t,
  reason: "completed",
  usage,
  contextSize: 1,
  durationMs: 1,
  steps: 1,
  model: "m",
} as const;
export const result = {
  type: "tool-result",
  ...step,
  callId: "c1",
  name: "run_command",
  output: "",
  isError: false,
  truncated: false,
  outcome: "ok",
  durationMs: 1,
} as const;
export const item = {
  messageId: "q1",
  clientMessageId: "k2",
  text: "more",
  deliver: "steer",
  ts: 1,
} as const;

/** One turn with one command, a steering message from the queue, and its end. */
export const turn: readonly NewRecord[] = [
  { type: "user-message", turnId: t, messageId: "m1", clientMessageId: "k1", text: "go" },
  { type: "turn-start", turnId: t, ...start },
  { type: "status-changed", turnId: t, status: "active" },
  { type: "text", ...step, block: "b1", text: "I will run it." },
  { type: "tool-call", ...step, callId: "c1", name: "run_command", input: { argv: ["sh", "run.sh", "r1"] } },
  {
    type: "approval-requested",
    ...step,
    approvalId: "a1",
    callId: "c1",
    hash: "h",
    request: { name: "run_command", input: {}, cwd: "/", kind: "execute" },
  },
  { type: "approval-resolved", ...step, approvalId: "a1", callId: "c1", decision: "allow" },
  { type: "tool-start", ...step, callId: "c1" },
  { type: "queue-changed", queue: [item], held: false },
  result,
  { type: "step-complete", ...step, usage, ttftMs: 1, decodeMs: 1, totalMs: 1 },
  { type: "steering", turnId: t, messages: [{ messageId: "q1", clientMessageId: "k2", text: "more" }] },
  { type: "queue-changed", queue: [], held: false },
  done,
  { type: "status-changed", turnId: t, status: "idle" },
  { type: "turn-sealed", turnId: t },
];
/** One batch has one time: from a turn's end to what is carried on behind its seal. */
export function numbered(records: readonly NewRecord[]): LogRecord[] {
  let batch: number | undefined;
  return records.map((record, index) => {
    if (record.type === "done") batch = index;
    else if ("stepId" in record) batch = undefined;
    return { ...record, seq: index + 1, ts: 100 + (batch ?? index) } as LogRecord;
  });
}

export const shown: readonly Message[] = [
  {
    messageId: "m1",
    role: "user",
    seq: 1,
    ts: 1,
    clientMessageId: "k1",
    status: "complete",
    chunks: [{ type: "text", text: "go" }],
  },
  {
    ...{ messageId: "t1#0.a", role: "assistant", seq: 4, ts: 1, status: "complete" },
    chunks: [
      { type: "text", text: "I will run it." },
      { type: "tool-call", callId: "c1", name: "run_command", input: {} },
    ],
  },
  {
    ...{ messageId: "t1#0.t", role: "tool", seq: 10, ts: 1, status: "complete" },
    chunks: [
      {
        type: "tool-result",
        callId: "c1",
        name: "run_command",
        output: "",
        isError: false,
        truncated: false,
        outcome: "ok",
      },
    ],
  },
];

export const line = { at: 500, conversationId: "c" };
export const lines: readonly Line[] = [
  { ...line, kind: "sent", clientMessageId: "k1", text: "go", via: "chat" },
  { ...line, kind: "accepted", clientMessageId: "k1", messageId: "m1", turnId: t, via: "chat" },
  { ...line, kind: "sent", clientMessageId: "k2", text: "more", via: "queue" },
  { ...line, kind: "accepted", clientMessageId: "k2", messageId: "q1", via: "queue" },
  { ...line, kind: "decided", approvalId: "a1", decision: "allow" },
  { ...line, kind: "ended", turnId: t, reason: "completed", text: "I will run it." },
  { ...line, kind: "stopped", turnId: t },
];
export const viewer: Held = {
  who: "a viewer",
  conversationId: "c",
  seq: turn.length,
  messages: shown,
  shown: [{ seq: 1, ts: 100, type: "user-message" }],
  faults: [],
};

export function evidence(records: readonly NewRecord[] = turn, change: Partial<Evidence> = {}): Evidence {
  const messages = change.kept?.[0]?.messages ?? shown;
  return {
    ...nothing,
    lines,
    kept: [{ id: "c", records: numbered(records), messages }],
    held: [{ ...viewer, seq: records.length }],
    runs: ["r1"],
    said: [{ text: "I will run it.", whole: true }],
    listed: ["c"],
    handles: [20, 22],
    ...change,
  };
}

/** Closed while it runs: what waited is discarded. */
export const closed: readonly NewRecord[] = [
  ...turn.filter(({ type }) => type !== "steering").slice(0, -4),
  done,
  { type: "status-changed", turnId: t, status: "closed" },
  { type: "queue-changed", queue: [], held: false, change: { kind: "discarded", messageIds: ["q1"] } },
  { type: "notice", level: "warning", text: "One queued message was discarded." },
  { type: "turn-sealed", turnId: t },
];

/** What waited goes on as the next turn. */
export const carriedOn: readonly NewRecord[] = [
  ...turn.filter(({ type }) => type !== "steering").slice(0, -4),
  done,
  { type: "turn-sealed", turnId: t },
  { type: "queue-changed", queue: [], held: false, change: { kind: "carried", messageIds: ["q1"] } },
  { type: "user-message", turnId: "t2", messageId: "q1", clientMessageId: "k2", text: "more" },
  { type: "turn-start", turnId: "t2", ...start, turn: 2 },
  { ...done, turnId: "t2" },
  { type: "turn-sealed", turnId: "t2" },
];
