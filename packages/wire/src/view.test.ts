import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Delta, DispatchEvent } from "./events.ts";
import type { LogRecord, NewRecord } from "./records.ts";
import { applyEvent, createView, drawnMessages, type View } from "./view.ts";

const conversationId = "c";
const turnId = "t";

/** A turn as its steps: each cut into attempts, blocks and calls. */
const blockArb = fc.record({
  kind: fc.constantFrom("text" as const, "reasoning" as const),
  parts: fc.array(fc.string({ unit: "grapheme", maxLength: 8 }), { minLength: 1, maxLength: 4 }),
  continues: fc.boolean(),
});
const stepArb = fc.record({
  superseded: fc.boolean(),
  blocks: fc.array(blockArb, { maxLength: 3 }),
  results: fc.uniqueArray(fc.nat({ max: 3 }), { maxLength: 4 }),
});
type Step = typeof stepArb extends fc.Arbitrary<infer T> ? T : never;

/** What the server would do: deltas and records in order, and what a reader of the log alone must end with. */
function played(steps: readonly Step[]): { events: DispatchEvent[]; records: LogRecord[]; texts: string[] } {
  const events: DispatchEvent[] = [];
  const records: LogRecord[] = [];
  const texts: string[] = [];
  const add = (record: NewRecord) => {
    const numbered = { seq: records.length + 1, ts: records.length, turnId, ...record } as LogRecord;
    records.push(numbered);
    events.push({ ...numbered, conversationId } as DispatchEvent);
  };
  add({ type: "user-message", messageId: "m", text: "go" });
  steps.forEach((step, index) => {
    const stepId = `${turnId}#${index}`;
    for (let attempt = step.superseded ? 1 : 2; attempt <= 2; attempt++) {
      const blocks: string[] = [];
      let last: { block: string; kind: string } | undefined;
      step.blocks.forEach(({ kind, parts, continues }, place) => {
        const block = `b1.${index}.${attempt}.${place}`;
        blocks.push(block);
        let at = 0;
        for (const text of parts) {
          if (text === "") continue;
          const type = kind === "text" ? "text-delta" : "reasoning-delta";
          events.push({ type, conversationId, turnId, stepId, block, at, text } satisfies Delta);
          at += text.length;
        }
        const joined = continues && last?.kind === kind ? { continues: last.block } : {};
        add({ type: kind, stepId, block, text: parts.join(""), ...joined });
        last = { block, kind };
        if (attempt === 2) texts.push(parts.join(""));
      });
      const callIds = step.results.map((n) => `c1_${index}_${attempt}_${n}`);
      for (const callId of [...callIds].sort())
        add({ type: "tool-call", stepId, callId, name: "x", input: {} });
      for (const callId of callIds) {
        add({ type: "tool-start", stepId, callId });
        events.push({
          type: "tool-output",
          conversationId,
          turnId,
          stepId,
          block: callId,
          at: 0,
          text: "live",
        });
        const result = {
          callId,
          name: "x",
          output: callId,
          isError: false,
          truncated: false,
          outcome: "ok",
          durationMs: 1,
        };
        add({ type: "tool-result", stepId, ...result } as NewRecord);
      }
      if (attempt === 1) add({ type: "attempt-superseded", stepId, attempt, blocks, callIds });
    }
    const usage = { inputTokens: 1, outputTokens: 1 };
    add({ type: "step-complete", stepId, usage, ttftMs: 0, decodeMs: 0, totalMs: 0 });
  });
  return { events, records, texts };
}

function folded(events: readonly DispatchEvent[], view: View = createView()): View {
  for (const event of events) expect(applyEvent(view, event)).not.toBe("gap");
  return view;
}

const textsOf = (view: View): string =>
  view.messages
    .flatMap(({ role, chunks }) => (role === "assistant" ? chunks : []))
    .map((chunk) => ("text" in chunk ? chunk.text : ""))
    .join("");

describe("the reducer", () => {
  it("gives the same messages from records alone, with deltas, with repeats, and with texts left out", async () => {
    await fc.assert(
      fc.property(
        fc.array(stepArb, { maxLength: 4 }),
        fc.infiniteStream(fc.nat({ max: 9 })),
        (steps, dice) => {
          const { events, records, texts } = played(steps);
          const fromLog = folded(records.map((record) => ({ ...record, conversationId }) as DispatchEvent));
          expect(textsOf(fromLog)).toBe(texts.join(""));
          const roll = () => dice.next().value ?? 0;
          const view = createView();
          for (const [index, event] of events.entries()) {
            const held = "block" in event ? view.open.get(event.block as string)?.text : undefined;
            const whole =
              (event.type === "text" || event.type === "reasoning") && held?.length === event.text?.length;
            const { text: _text, ...short } = event as { text?: string };
            const sent = whole && roll() > 4 ? ({ ...short, length: held?.length } as DispatchEvent) : event;
            expect(applyEvent(view, sent)).not.toBe("gap");
            // A repeat of anything that came before changes nothing once its block is sealed or its text is held.
            const old = events[Math.max(0, index - roll())];
            if (old && "seq" in old) expect(applyEvent(view, old)).toBe("ignored");
          }
          expect(view.messages).toEqual(fromLog.messages);
          expect([...view.open.keys()]).toEqual([]);
        },
      ),
    );
  });

  it("gives results in call order, whatever order they came in, one assistant and one tool message per step", async () => {
    await fc.assert(
      fc.property(fc.array(stepArb, { maxLength: 3 }), (steps) => {
        const { messages } = folded(played(steps).events);
        for (const message of messages.filter(({ role }) => role === "tool")) {
          const ids = message.chunks.map((chunk) => ("callId" in chunk ? chunk.callId : ""));
          expect(ids).toEqual([...ids].sort());
        }
        expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(messages.length);
        expect(messages.map(({ seq }) => seq)).toEqual(messages.map(({ seq }) => seq).sort((a, b) => a - b));
      }),
    );
  });

  it("changes nothing at a gap", () => {
    const view = folded(played([]).events);
    const before = JSON.stringify(view.messages);
    const at = { conversationId, turnId, stepId: "t#0", block: "b" };
    expect(applyEvent(view, { type: "text-delta", ...at, at: 3, text: "x" })).toBe("gap");
    expect(applyEvent(view, { type: "text", ...at, seq: 2, ts: 0, length: 3 })).toBe("gap");
    expect(applyEvent(view, { type: "turn-sealed", conversationId, turnId, seq: 9, ts: 0 })).toBe("gap");
    expect(JSON.stringify(view.messages)).toBe(before);
    expect(view.seq).toBe(1);
  });

  it("takes the whole text of a block whose recovered length is shorter than what was shown", () => {
    const view = folded(played([]).events);
    const at = { conversationId, turnId, stepId: "t#0", block: "b" };
    applyEvent(view, { type: "text-delta", ...at, at: 0, text: "Hello, wor" });
    expect(applyEvent(view, { type: "text", ...at, seq: 2, ts: 0, text: "Hello" })).toBe("applied");
    expect(textsOf(view)).toBe("Hello");
    expect(view.open.size).toBe(0);
  });

  it("takes only the news of a delta that overlaps what is held, in UTF-16 code units", () => {
    const view = folded(played([]).events);
    const at = { conversationId, turnId, stepId: "t#0", block: "b" } as const;
    expect(applyEvent(view, { type: "text-delta", ...at, at: 0, text: "a😀" })).toBe("applied");
    expect(applyEvent(view, { type: "text-delta", ...at, at: 0, text: "a😀" })).toBe("ignored");
    expect(applyEvent(view, { type: "text-delta", ...at, at: 1, text: "😀b" })).toBe("applied");
    expect(view.open.get("b")?.text).toBe("a😀b");
    expect(drawnMessages(view).at(-1)?.chunks).toEqual([{ type: "text", text: "a😀b" }]);
  });

  it("marks what a turn left unfinished", () => {
    const view = folded(played([{ superseded: false, blocks: [], results: [] }]).events.slice(0, 1));
    const at = { conversationId, turnId, ts: 0 };
    applyEvent(view, { ...at, type: "text", seq: 2, stepId: "t#0", block: "b", text: "half" });
    const usage = { inputTokens: 0, outputTokens: 0 };
    const done = { reason: "aborted", usage, contextSize: 0, durationMs: 0, steps: 0, model: "m" } as const;
    applyEvent(view, { ...at, type: "done", seq: 3, ...done });
    expect(view.messages.map(({ status }) => status)).toEqual(["complete", "aborted"]);
  });
});
