import type { LogRecord, NewRecord, QueueItem } from "@dispatch/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  closeConversation,
  resetContext,
  sealTurn,
  startTurn,
  type TurnBegin,
} from "../conversation/decide.ts";
import { foldState } from "../conversation/fold-state.ts";
import { type ConversationState, emptyState } from "../conversation/state.ts";
import { cancel, deliver, enqueue } from "./decide.ts";

const item = (messageId: string, deliver: QueueItem["deliver"] = "steer"): QueueItem => ({
  messageId,
  clientMessageId: `client-${messageId}`,
  text: `text of ${messageId}`,
  attachments: [{ attachmentId: "a", mimeType: "image/png" }],
  deliver,
  ts: 1,
});
const facts = { model: "m", effort: "high", cwd: "/", maxSteps: 9 } as const;
const begin = (turnId: string, items: readonly QueueItem[], queued = items): TurnBegin => ({
  turnId,
  inputs: items,
  queued,
  turn: facts,
});
const append = (state: ConversationState, records: readonly NewRecord[]): ConversationState =>
  records.reduce(
    (now, record) => foldState(now, { seq: now.head + 1, ts: 1, ...record } as LogRecord),
    state,
  );
const types = (records: readonly NewRecord[]) => records.map(({ type }) => type);
const usage = { inputTokens: 1, outputTokens: 1 };
const ending = { turnId: "t1", reason: "completed", usage, durationMs: 1, closing: false } as const;

/** A running turn t1 with these items waiting. */
const busy = (...items: QueueItem[]): ConversationState =>
  items.reduce(
    (state, each) => append(state, enqueue(state, each, undefined)),
    append(emptyState("c"), startTurn(emptyState("c"), begin("t1", [item("first")], []))),
  );

describe("the queue", () => {
  it("delivers items whole, and takes them out in the same write", () => {
    const state = busy(item("a"), item("b"), item("c", "followup"));
    const records = deliver(state, ["a", "b", "gone"], "t1#0");
    const { deliver: _a, ts: _b, ...message } = item("a");
    expect(records[0]).toMatchObject({
      type: "steering",
      stepId: "t1#0",
      messages: [message, { messageId: "b" }],
    });
    expect(records[0]).not.toHaveProperty("messages.0.deliver");
    expect(records[1]).toMatchObject({
      type: "queue-changed",
      queue: [item("c", "followup")],
      held: false,
      change: { kind: "delivered", messageIds: ["a", "b"] },
    });
    expect(deliver(append(state, cancel(state)), ["a", "b"], "t1#0")).toEqual([]);
  });

  it("goes on in the write that seals a turn, without an idle in between", () => {
    const state = busy(item("a"), item("b", "followup"));
    const records = sealTurn(state, { ...ending, next: begin("t2", [item("a")]) });
    expect(types(records)).toEqual(["done", "turn-sealed", "queue-changed", "user-message", "turn-start"]);
    const after = append(state, records);
    expect(after).toMatchObject({ status: "active", running: { turnId: "t2", turn: 2 }, held: false });
    expect(after.queue.map(({ messageId }) => messageId)).toEqual(["b"]);
  });

  it("is held by any other end, released behind the next user message, and started by a resume", () => {
    const state = busy(item("a"));
    const sealed = sealTurn(state, { ...ending, reason: "aborted" });
    expect(types(sealed)).toEqual(["done", "status-changed", "queue-changed", "turn-sealed"]);
    const held = append(state, sealed);
    expect(held).toMatchObject({ status: "idle", held: true, queue: [{ messageId: "a" }] });
    const next = startTurn(held, begin("t2", [item("now")], []));
    expect(types(next)).toEqual(["queue-changed", "user-message", "turn-start", "status-changed"]);
    expect(append(held, next)).toMatchObject({ held: false, queue: [{ messageId: "a" }] });
    const resumed = append(held, startTurn(held, begin("t2", [item("a")])));
    expect(resumed).toMatchObject({ held: false, queue: [], running: { turnId: "t2" } });
  });

  it("is discarded by close and reset, which say so", () => {
    const state = busy(item("a"), item("b"));
    const closed = sealTurn(state, { ...ending, reason: "aborted", closing: true });
    expect(types(closed)).toEqual(["done", "status-changed", "queue-changed", "notice", "turn-sealed"]);
    expect(append(state, closed)).toMatchObject({ status: "closed", queue: [], held: false });
    const held = append(state, sealTurn(state, { ...ending, reason: "error" }));
    for (const records of [closeConversation(held), resetContext(held)]) {
      expect(records).toContainEqual({
        type: "queue-changed",
        queue: [],
        held: false,
        change: { kind: "discarded", messageIds: ["a", "b"] },
      });
      expect(records.at(-1)).toMatchObject({
        type: "notice",
        text: expect.stringContaining("2 queued messages"),
      });
    }
  });

  it("refuses with the reason, and takes back what waits, once", () => {
    const state = busy(item("a"));
    expect(() => enqueue(state, item("b"), "it is full.")).toThrow("it is full.");
    const after = append(state, cancel(state, "a"));
    expect(after.queue).toEqual([]);
    expect(cancel(after, "a")).toEqual([]);
  });
});

it("every item is in exactly one place, whatever happens in whatever order", () => {
  const command = fc.oneof(
    fc.record({ kind: fc.constantFrom("offer", "offer", "cancel", "deliver") }),
    fc.record({ kind: fc.constantFrom("seal", "stop", "resume", "clear", "close", "reset") }),
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      let state = emptyState("c");
      const said: string[] = [];
      const taken: string[] = [];
      const delivered: string[] = [];
      let turns = 0;
      const write = (records: readonly NewRecord[]) => {
        state = append(state, records);
        for (const record of records) {
          if (record.type === "user-message") delivered.push(record.messageId);
          if (record.type === "steering")
            delivered.push(...record.messages.map(({ messageId }) => messageId));
          if (record.type === "queue-changed" && /cancelled|discarded/.test(record.change?.kind ?? ""))
            taken.push(...(record.change?.messageIds ?? []));
        }
      };
      for (const { kind } of commands) {
        const { running, queue } = state;
        const first = queue.slice(0, 1);
        const end = { ...ending, turnId: running?.turnId ?? "" };
        const next = () => begin(`t${++turns}`, first);
        if (kind === "offer") {
          const fresh = item(`m${said.length}`);
          said.push(fresh.messageId);
          write(
            running ? enqueue(state, fresh, undefined) : startTurn(state, begin(`t${++turns}`, [fresh], [])),
          );
        } else if (kind === "cancel") write(cancel(state, first[0]?.messageId ?? ""));
        else if (kind === "clear") write(cancel(state));
        else if (kind === "deliver" && running)
          write(
            deliver(
              state,
              first.map((each) => each.messageId),
              undefined,
            ),
          );
        else if (kind === "seal")
          write(sealTurn(state, { ...end, next: first.length > 0 ? next() : undefined }));
        else if (kind === "stop") write(sealTurn(state, { ...end, reason: "aborted" }));
        else if (kind === "resume" && !running && first.length > 0) write(startTurn(state, next()));
        else if (kind === "close") {
          write(sealTurn(state, { ...end, reason: "aborted", closing: true }));
          write(closeConversation(state));
        } else if (kind === "reset" && !running) write(resetContext(state));
        const waiting = state.queue.map(({ messageId }) => messageId);
        expect([...delivered, ...taken, ...waiting].sort()).toEqual([...said].sort());
        if (!state.running && waiting.length > 0) expect(state.held).toBe(true);
        if (state.running) expect(state.held).toBe(false);
        expect(state.status === "active").toBe(state.running !== undefined);
      }
    }),
  );
});
