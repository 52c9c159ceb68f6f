/** Each invariant holds for sound evidence, and notices the fault it is there for. */
import type { LogRecord, Message, NewRecord } from "@dispatch/wire";
import { expect, it } from "vitest";
import { type Evidence, type Held, type Line, nothing } from "./evidence.ts";
import { check, type InvariantName, invariants } from "./invariants.ts";

const usage = { inputTokens: 1, outputTokens: 1 };
const t = "t1";
const step = { turnId: t, stepId: "t1#0" };
const start = { effort: "high", cwd: "/", maxSteps: 9, model: "m", attempt: 1, turn: 1 } as const;
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
const result = {
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
const item = { messageId: "q1", clientMessageId: "k2", text: "more", deliver: "steer", ts: 1 } as const;

/** One turn with one command, a steering message from the queue, and its end. */
const turn: readonly NewRecord[] = [
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
const numbered = (records: readonly NewRecord[]): LogRecord[] =>
  records.map((record, index) => ({ ...record, seq: index + 1, ts: 100 + index }) as LogRecord);

const shown: readonly Message[] = [
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

const line = { at: 500, conversationId: "c" };
const lines: readonly Line[] = [
  { ...line, kind: "sent", clientMessageId: "k1", text: "go", via: "chat" },
  { ...line, kind: "accepted", clientMessageId: "k1", messageId: "m1", turnId: t, via: "chat" },
  { ...line, kind: "sent", clientMessageId: "k2", text: "more", via: "queue" },
  { ...line, kind: "accepted", clientMessageId: "k2", messageId: "q1", via: "queue" },
  { ...line, kind: "decided", approvalId: "a1", decision: "allow" },
  { ...line, kind: "ended", turnId: t, reason: "completed", text: "I will run it." },
  { ...line, kind: "stopped", turnId: t },
];
const viewer: Held = {
  who: "a viewer",
  conversationId: "c",
  seq: turn.length,
  messages: shown,
  shown: [{ seq: 1, ts: 100, type: "user-message" }],
  faults: [],
};

function evidence(records: readonly NewRecord[] = turn, change: Partial<Evidence> = {}): Evidence {
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

const without = (type: string): NewRecord[] => turn.filter((record) => record.type !== type);
const after = (type: string, ...more: readonly NewRecord[]): NewRecord[] =>
  turn.flatMap((record) => (record.type === type ? [record, ...more] : [record]));
const changed = (type: string, patch: object): NewRecord[] =>
  turn.map((record) => (record.type === type ? ({ ...record, ...patch } as NewRecord) : record));
const more = (...extra: readonly Line[]): Partial<Evidence> => ({ lines: [...lines, ...extra] });

it("holds for a sound history", () => {
  expect(check(evidence())).toEqual([]);
});

it("holds for a step that a crash has cut: void, and asked for again", () => {
  const cut: NewRecord[] = [
    ...turn.slice(0, 3),
    { type: "text", ...step, block: "b0", text: "I wi" },
    { type: "attempt-superseded", ...step, attempt: 1, blocks: ["b0"], callIds: [] },
    { type: "turn-start", turnId: t, ...start, attempt: 2 },
    ...turn.slice(3),
  ];
  const moved = shown.map((message) => ({ ...message, seq: message.seq === 1 ? 1 : message.seq + 3 }));
  const kept = [{ id: "c", records: numbered(cut), messages: moved }];
  const held = [{ ...viewer, seq: cut.length, messages: moved }];
  expect(check(evidence(cut, { kept, held }))).toEqual([]);
});

const cancelled: readonly Line[] = [
  { ...line, kind: "cancelling", messageId: "q1" },
  { ...line, kind: "cancelled", messageId: "q1" },
];
const takenOut = without("steering").map(
  (record): NewRecord =>
    record.type === "queue-changed" && record.queue.length === 0
      ? { ...record, change: { kind: "cancelled", messageIds: ["q1"] } }
      : record,
);

it("holds for an item that was taken back", () => {
  expect(invariants["items delivered"](evidence(takenOut, more(...cancelled)))).toEqual([]);
});

const faults: readonly (readonly [InvariantName, string, Evidence])[] = [
  ["inputs kept", "lost", evidence(without("user-message"))],
  ["inputs kept", "another client id", evidence(changed("user-message", { clientMessageId: "k9" }))],
  ["inputs kept", "another text", evidence(changed("user-message", { text: "stop" }))],
  [
    "inputs kept",
    "not shown",
    evidence(turn, {
      kept: [
        {
          id: "c",
          records: numbered(turn),
          messages: shown.slice(0, 0).concat({ ...(shown[0] as Message), messageId: "x" }),
        },
      ],
    }),
  ],
  ["inputs kept", "conversation gone", evidence(turn, { kept: [], held: [] })],
  ["inputs once", "doubled", evidence(after("turn-sealed", ...turn.slice(0, 1)))],
  [
    "ids stable",
    "two answers",
    evidence(
      turn,
      more({ ...line, kind: "accepted", clientMessageId: "k1", messageId: "m7", turnId: t, via: "chat" }),
    ),
  ],
  [
    "items delivered",
    "lost",
    evidence(
      without("steering").map((record) =>
        record.type === "queue-changed" ? { ...record, queue: [] } : record,
      ),
    ),
  ],
  [
    "items delivered",
    "twice",
    evidence(after("steering", ...turn.filter(({ type }) => type === "steering"))),
  ],
  ["items delivered", "delivered and waiting", evidence(changed("queue-changed", { queue: [item] }))],
  [
    "items delivered",
    "cancelled and waiting",
    evidence(
      without("steering").filter((r) => r.type !== "queue-changed" || r.queue.length > 0),
      more({ ...line, kind: "cancelled", messageId: "q1" }),
    ),
  ],
  [
    "items delivered",
    "with another client id",
    evidence(changed("steering", { messages: [{ ...item, clientMessageId: "k9" }] })),
  ],
  [
    "items delivered",
    "with another text",
    evidence(changed("steering", { messages: [{ ...item, text: "less" }] })),
  ],
  ["items delivered", "cancelled and delivered", evidence(turn, more(...cancelled))],
  ["items delivered", "taken out unasked", evidence(takenOut)],
  [
    "numbers consecutive",
    "a hole",
    evidence(turn, {
      kept: [{ id: "c", records: numbered(turn).filter(({ seq }) => seq !== 3), messages: shown }],
    }),
  ],
  ["turns end", "no end", evidence(turn.slice(0, -3))],
  ["turns end", "not sealed", evidence(without("turn-sealed"))],
  ["turns end", "sealed apart", evidence(after("done", ...turn.slice(3, 4), ...turn.slice(3, 4)))],
  ["turns end", "a message without its turn", evidence(turn.slice(0, 1))],
  ["turns end", "goes on after its end", evidence([...turn, turn[3] as NewRecord])],
  [
    "turns end",
    "another in between",
    evidence(after("tool-start", { type: "user-message", turnId: "t2", messageId: "m2", text: "x" })),
  ],
  ["ends kept", "another reason", evidence(changed("done", { reason: "interrupted" }))],
  ["ends kept", "another text", evidence(changed("text", { text: "I" }))],
  ["stops kept", "goes on", evidence(turn, { lines: [{ ...line, at: 105, kind: "stopped", turnId: t }] })],
  ["texts whole", "never said", evidence(turn, { said: [] })],
  ["texts whole", "half", evidence(changed("text", { text: "I will" }))],
  ["calls answered", "no result", evidence(without("tool-result"))],
  ["calls answered", "two results", evidence(after("tool-result", result))],
  ["calls answered", "result of no call", evidence(after("tool-result", { ...result, callId: "c7" }))],
  ["calls answered", "result in another step", evidence(changed("tool-result", { stepId: "t1#1" }))],
  [
    "calls answered",
    "result out of place",
    evidence(turn, {
      kept: [{ id: "c", records: numbered(turn), messages: [shown[0], shown[2], shown[1]] as Message[] }],
    }),
  ],
  ["runs once", "twice", evidence(turn, { runs: ["r1", "r1"] })],
  ["runs once", "ok and never ran", evidence(turn, { runs: [] })],
  ["runs once", "denied and ran", evidence(changed("tool-result", { outcome: "denied" }))],
  ["runs once", "ran before its start was stored", evidence(without("tool-start"))],
  ["decisions kept", "lost", evidence(without("approval-resolved"))],
  ["decisions kept", "turned round", evidence(changed("approval-resolved", { decision: "deny" }))],
  [
    "decisions kept",
    "twice",
    evidence(after("approval-resolved", ...turn.filter(({ type }) => type === "approval-resolved"))),
  ],
  ["provider accepts", "refused", evidence(turn, { refusals: ["#3 400 pairing: …"] })],
  ["cursors work", "a gap", evidence(turn, { held: [{ ...viewer, faults: ["a gap"] }] })],
  ["cursors work", "behind", evidence(turn, { held: [{ ...viewer, seq: 3 }] })],
  ["cursors work", "other messages", evidence(turn, { held: [{ ...viewer, messages: shown.slice(0, 2) }] })],
  [
    "shown is stored",
    "shown and lost",
    evidence(turn, { held: [{ ...viewer, shown: [{ seq: 2, ts: 101, type: "error" }] }] }),
  ],
  ["deleted stay gone", "listed", evidence(turn, more({ ...line, kind: "deleted" }))],
  ["deleted stay gone", "answers", evidence(turn, { risen: ["d"] })],
  ["nothing runs", "active", evidence(turn, { active: ["c"] })],
  [
    "nothing runs",
    "shown as running",
    evidence(turn, {
      kept: [
        {
          id: "c",
          records: numbered(turn),
          messages: [...shown, { ...(shown[1] as Message), messageId: "y", chunks: [], status: "running" }],
        },
      ],
    }),
  ],
  ["processes gone", "one left", evidence(turn, { processes: ["7 sleep 300"] })],
  ["handles steady", "more", evidence(turn, { handles: [20, 40] })],
  ["server stays", "ended", evidence(turn, { exits: ["the server ended with 1"] })],
];

it.each(faults)("%s: notices %s", (name, _what, broken) => {
  expect(invariants[name](broken)).not.toEqual([]);
});

it("has a fault for every invariant", () => {
  expect(new Set(faults.map(([name]) => name))).toEqual(new Set(Object.keys(invariants)));
});

it("does not miss what somebody deleted", () => {
  const gone: Line[] = [...lines, { ...line, kind: "deleting" }];
  expect(check(evidence(turn, { lines: gone, kept: [], held: [], listed: [] }))).toEqual([]);
});
