/** Each invariant holds for sound evidence, and notices the fault it is there for. */
import type { Message, NewRecord } from "@dispatch/wire";
import { expect, it } from "vitest";
import {
  carriedOn,
  closed,
  evidence,
  item,
  line,
  lines,
  numbered,
  result,
  shown,
  start,
  step,
  t,
  turn,
  viewer,
} from "./checks/sound-history.ts";
import type { Evidence, Line } from "./evidence.ts";
import { check, type InvariantName, invariants } from "./invariants.ts";

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

it("holds for a turn that is closed with messages waiting: discarded, and said so, in the batch of its end", () => {
  expect(check(evidence(closed, more({ ...line, kind: "closing" })))).toEqual([]);
});

it("holds for a queue that goes on behind a turn's end", () => {
  expect(invariants["turns end"](evidence(carriedOn))).toEqual([]);
  expect(invariants["items delivered"](evidence(carriedOn))).toEqual([]);
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
  ["turns end", "sealed as another", evidence(changed("turn-sealed", { turnId: "t2" }))],
  [
    "turns end",
    "sealed in a batch of its own",
    evidence(turn, {
      kept: [
        {
          id: "c",
          records: numbered(turn).map((record) =>
            record.type === "turn-sealed" ? { ...record, ts: record.ts + 1 } : record,
          ),
          messages: shown,
        },
      ],
    }),
  ],
  [
    "turns end",
    "carried on and not there",
    evidence(carriedOn.filter((r) => r.type !== "user-message" || r.turnId === t)),
  ],
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
