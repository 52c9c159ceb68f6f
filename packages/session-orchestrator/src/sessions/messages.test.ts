import { applyToMessages, createView, type LogRecord, type Message, type NewRecord } from "@dispatch/wire";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Conversation } from "../conversation/conversation.ts";
import { foldState } from "../conversation/fold-state.ts";
import { emptyState } from "../conversation/state.ts";
import { memoryLog } from "../testing/memory-log.ts";
import { newest, oldest } from "./messages.ts";

const usage = { inputTokens: 1, outputTokens: 1 };
const stepArb = fc.record({ texts: fc.nat(2), calls: fc.nat(3), superseded: fc.boolean() });
const turnArb = fc.record({
  steps: fc.array(stepArb, { minLength: 1, maxLength: 3 }),
  reset: fc.nat(9),
  steer: fc.boolean(),
});

/** A log of whole turns. */
function recordsOf(
  turns: readonly (typeof turnArb extends fc.Arbitrary<infer T> ? T : never)[],
): LogRecord[] {
  const records: LogRecord[] = [];
  const add = (turnId: string, record: NewRecord) => {
    const seq = records.length + 1;
    records.push({ seq, ts: seq, turnId, ...record } as LogRecord);
  };
  turns.forEach(({ steps, reset, steer }, index) => {
    const turnId = `t${index}`;
    if (reset === 0) add(turnId, { type: "reset" });
    add(turnId, { type: "user-message", messageId: `${turnId}.u`, text: "hi" });
    add(turnId, {
      type: "turn-start",
      model: "m",
      effort: "high",
      cwd: "/",
      maxSteps: 9,
      attempt: 1,
      turn: index + 1,
    });
    steps.forEach(({ texts, calls, superseded }, n) => {
      const stepId = `${turnId}#${n}`;
      for (let attempt = superseded ? 1 : 2; attempt <= 2; attempt++) {
        for (let at = 0; at < texts; at++)
          add(turnId, { type: "text", stepId, block: `b${index}.${n}.${attempt}.${at}`, text: `${at}` });
        const ids = Array.from({ length: calls }, (_, at) => `c${index}_${n}_${attempt}_${at}`);
        for (const callId of ids) add(turnId, { type: "tool-call", stepId, callId, name: "x", input: {} });
        if (attempt === 1)
          add(turnId, { type: "attempt-superseded", stepId, attempt, blocks: [], callIds: ids });
        else
          for (const callId of [...ids].reverse()) {
            add(turnId, {
              type: "tool-result",
              stepId,
              callId,
              name: "x",
              output: callId,
              isError: false,
              truncated: false,
              outcome: "ok",
              durationMs: 0,
            });
          }
      }
      add(turnId, { type: "step-complete", stepId, usage, ttftMs: 0, decodeMs: 0, totalMs: 0 });
      if (steer)
        add(turnId, {
          type: "steering",
          messages: [
            { messageId: `${stepId}.s1`, text: "a" },
            { messageId: `${stepId}.s2`, text: "b" },
          ],
        });
    });
    add(turnId, {
      type: "done",
      reason: "completed",
      usage,
      contextSize: 0,
      durationMs: 0,
      steps: 1,
      model: "m",
    });
    add(turnId, { type: "turn-sealed" });
  });
  return records;
}

async function stage(records: readonly LogRecord[]) {
  const log = memoryLog();
  const fence = await log.claim("c");
  for (let at = 0; at < records.length; at += 900) {
    const entries = records
      .slice(at, at + 900)
      .map((record) => ({ seq: record.seq, json: JSON.stringify(record) }));
    await log.append({ conversationId: "c", fence, expectedHead: at, epoch: "e", entries, sync: true });
  }
  const state = records.reduce(foldState, emptyState("c"));
  const conversation = { id: "c", live: { head: records.length }, state } as unknown as Conversation;
  return { log, conversation };
}

function whole(records: readonly LogRecord[], all: boolean): Message[] {
  const view = createView({ all });
  for (const record of records) applyToMessages(view, record);
  return view.messages;
}

/** The first messages, or the last; those of one record stay together. */
function edge(found: readonly Message[], limit: number): Message[] {
  const last = found[limit - 1]?.seq;
  return found.filter((message, index) => index < limit || message.seq === last);
}
const tail = (found: readonly Message[], limit: number) => edge([...found].reverse(), limit).reverse();

it("windows are slices of the whole, whichever end they are read from", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(turnArb, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      fc.nat(),
      async (turns, limit, all, pick) => {
        const records = recordsOf(turns);
        const { log, conversation } = await stage(records);
        const truth = whole(records, all);
        const page = await newest(log, conversation, { limit, all });
        expect(page.items).toEqual(tail(truth, limit));
        expect(page.hasMore).toBe(truth.length > page.items.length);
        const at = truth[pick % truth.length]?.seq ?? 1;
        const below = truth.filter(({ seq }) => seq < at);
        expect((await newest(log, conversation, { limit, all, before: at })).items).toEqual(
          tail(below, limit),
        );
        const above = truth.filter(({ seq }) => seq > at);
        const up = await oldest(log, conversation, { limit, all, after: at });
        expect(up.items).toEqual(edge(above, limit));
        expect(up.hasMore).toBe(above.length > up.items.length);
      },
    ),
    { numRuns: 150 },
  );
});

it("paging through a long history meets every message once, in either direction", async () => {
  const records = recordsOf(
    Array.from({ length: 400 }, () => ({
      steps: [{ texts: 2, calls: 2, superseded: false }],
      reset: 1,
      steer: true,
    })),
  );
  const { log, conversation } = await stage(records);
  const truth = whole(records, false);
  let down: Message[] = [];
  for (let before: number | undefined; ; before = down[0]?.seq) {
    const page = await newest(log, conversation, { limit: 170, before });
    down = [...page.items, ...down];
    if (!page.hasMore) break;
  }
  expect(down).toEqual(truth);
  const up: Message[] = [];
  for (let after = 0; ; after = up.at(-1)?.seq ?? 0) {
    const page = await oldest(log, conversation, { limit: 170, after });
    up.push(...page.items);
    if (!page.hasMore) break;
  }
  expect(up).toEqual(truth);
});
