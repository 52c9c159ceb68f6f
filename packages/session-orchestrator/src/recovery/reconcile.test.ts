import type { LogRecord, NewRecord } from "@dispatch/wire";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createContext } from "../context/context.ts";
import { foldState } from "../conversation/fold-state.ts";
import { type ConversationState, emptyState } from "../conversation/state.ts";
import type { BlockCheckpoint } from "../ports/log.ts";
import { reconcile } from "./reconcile.ts";

const usage = { inputTokens: 3, outputTokens: 2 };

/** A turn of steps as records, with the text of each block saved as it grew. */
function turn(steps: readonly { calls: number; text: string }[]): NewRecord[] {
  const turnId = "t";
  const records: NewRecord[] = [
    { type: "user-message", turnId, messageId: "m", text: "go" },
    { type: "turn-start", turnId, model: "m", effort: "high", cwd: "/", maxSteps: 9, attempt: 1, turn: 1 },
    { type: "status-changed", turnId, status: "active" },
  ];
  steps.forEach(({ calls, text }, n) => {
    const stepId = `t#${n}`;
    records.push({ type: "text", turnId, stepId, block: `b1.${n}.1.0`, text });
    const ids = Array.from({ length: calls }, (_, index) => `c1_${n}_1_${index}`);
    for (const callId of ids)
      records.push({ type: "tool-call", turnId, stepId, callId, name: "x", input: { n } });
    for (const callId of ids) records.push({ type: "tool-start", turnId, stepId, callId });
    for (const callId of [...ids].reverse()) {
      records.push({
        type: "tool-result",
        turnId,
        stepId,
        callId,
        name: "x",
        output: "o",
        isError: false,
        truncated: false,
        outcome: "ok",
        durationMs: 1,
      });
    }
    records.push({ type: "step-complete", turnId, stepId, usage, ttftMs: 0, decodeMs: 0, totalMs: 0 });
  });
  return records;
}

const numbered = (records: readonly NewRecord[]): LogRecord[] =>
  records.map((record, index) => ({ seq: index + 1, ts: 10 * index, ...record }) as LogRecord);

const steps = fc.array(fc.record({ calls: fc.nat(3), text: fc.string({ minLength: 1, maxLength: 5 }) }), {
  minLength: 1,
  maxLength: 4,
});

it("makes a history that was cut anywhere one that a provider takes", async () => {
  await fc.assert(
    fc.property(steps, fc.nat(), fc.string({ maxLength: 4 }), (script, where, saved) => {
      const all = turn(script);
      const cut = 3 + (where % (all.length - 2));
      const kept = numbered(all.slice(0, cut));
      const next = all[cut];
      const blocks: BlockCheckpoint[] =
        next?.type === "text"
          ? [{ block: next.block, text: saved, meta: JSON.stringify({ kind: "text", stepId: next.stepId }) }]
          : [];
      const repaired = numbered([...kept, ...reconcile("t", kept, blocks)]);
      const calls = repaired.flatMap((record) => (record.type === "tool-call" ? [record.callId] : []));
      const results = repaired.flatMap((record) => (record.type === "tool-result" ? [record.callId] : []));
      expect([...results].sort()).toEqual([...calls].sort());
      const context = createContext(0);
      for (const record of repaired) context.apply(record, 1);
      const messages = context.messages();
      messages.forEach((message, index) => {
        const called = message.chunks.flatMap((chunk) => (chunk.type === "tool-call" ? [chunk.callId] : []));
        if (called.length === 0) return;
        expect(messages[index + 1]?.role).toBe("tool");
        expect(messages[index + 1]?.chunks.map((chunk) => ("callId" in chunk ? chunk.callId : ""))).toEqual(
          called,
        );
      });
      if (saved !== "" && blocks.length > 0)
        expect(messages.at(-1)?.chunks.at(-1)).toEqual({ type: "text", text: saved });
      expect(reconcile("t", repaired, [])).toEqual([]);
    }),
  );
});

it("says what is known of a call: that it never ran, or that it did and how far its output came", () => {
  const kept = numbered(turn([{ calls: 2, text: "x" }]).slice(0, 7));
  expect(kept.at(-1)?.type).toBe("tool-start");
  const output: BlockCheckpoint = {
    block: "c1_0_1_0",
    text: "half",
    meta: JSON.stringify({ kind: "tool-output", stepId: "t#0" }),
  };
  expect(reconcile("t", kept, [output])).toMatchObject([
    {
      callId: "c1_0_1_0",
      outcome: "interrupted",
      output: expect.stringMatching(/outcome is unknown.*half/s),
    },
    { callId: "c1_0_1_1", outcome: "interrupted", output: expect.stringMatching(/before this call ran/) },
  ]);
});

it("the context keeps unchanged messages the same objects", async () => {
  await fc.assert(
    fc.property(steps, (script) => {
      const context = createContext(0);
      let before: readonly object[] = [];
      for (const record of numbered(turn(script))) {
        context.apply(record, 1);
        const now = context.messages();
        const stable = Math.max(0, before.length - 2);
        expect(now.slice(0, stable)).toEqual(before.slice(0, stable));
        for (let index = 0; index < stable; index++) expect(now[index]).toBe(before[index]);
        before = now;
      }
    }),
  );
});

it("state is a fold: from its checkpoint at any record it goes on as from the start", async () => {
  await fc.assert(
    fc.property(steps, fc.nat(), (script, where) => {
      const records = numbered([
        ...turn(script),
        { type: "reset" },
        { type: "meta-changed", patch: { title: "T", settings: { effort: "low" } } },
      ]);
      const at = where % records.length;
      const straight = records.reduce(foldState, emptyState("c"));
      const saved = JSON.parse(
        JSON.stringify(records.slice(0, at).reduce(foldState, emptyState("c"))),
      ) as ConversationState;
      expect(JSON.stringify(records.slice(at).reduce(foldState, saved))).toBe(JSON.stringify(straight));
    }),
  );
});
