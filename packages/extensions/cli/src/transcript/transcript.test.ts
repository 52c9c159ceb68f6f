import type { StreamItem } from "@dispatch/client";
import type { Snapshot } from "@dispatch/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { numbered } from "../testing/run-cli.ts";
import { createTranscript } from "./transcript.ts";
import { silentWriter, type Writer } from "./writer.ts";

function record(options: { turnId?: string; showUser?: boolean } = {}) {
  const out: string[] = [];
  const notes: string[] = [];
  let lineOpen = false;
  const text = (piece: string) => {
    out.push(piece);
    lineOpen = !piece.endsWith("\n");
  };
  const endLine = () => {
    if (lineOpen) text("\n");
  };
  const writer: Writer = {
    ...silentWriter,
    text,
    endLine,
    line(line) {
      endLine();
      text(`${line}\n`);
    },
    note: (line) => notes.push(line),
  };
  const transcript = createTranscript(writer, { showReasoning: false, showUser: false, ...options });
  return { transcript, out: () => out.join(""), notes };
}

const item = (event: Record<string, unknown>) => ({ cursor: "k", event }) as unknown as StreamItem;

/** Two steps, the first in blocks that continue each other, pieces of random length. */
const turn = fc
  .record({
    pieces: fc.array(fc.string({ minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 12 }),
    sealAt: fc.nat(11),
  })
  .map(({ pieces, sealAt: anywhere }) => {
    const sealAt = anywhere % pieces.length;
    const events: Record<string, unknown>[] = [{ type: "turn-start", model: "m", attempt: 1 }];
    const blocks: Record<string, number> = { a: 0, b: 0 };
    for (const [index, text] of pieces.entries()) {
      const block = index <= sealAt ? "a" : "b";
      events.push({ type: "text-delta", block, at: blocks[block], text });
      blocks[block] = (blocks[block] ?? 0) + text.length;
      if (index === sealAt) events.push({ type: "text", block: "a", length: blocks.a });
    }
    events.push({ type: "text", block: "b", text: pieces.slice(sealAt + 1).join("") });
    events.push({ type: "step-complete" }, { type: "text", block: "c", text: "end", stepId: "t1#1" });
    events.push({ type: "done", reason: "completed" }, { type: "turn-sealed" });
    return { items: numbered(events).map(item), text: pieces.join("") };
  });

describe("a transcript", () => {
  it("prints the same, however often a reconnect repeats what was there", () =>
    fc.assert(
      fc.property(
        turn,
        fc.array(fc.tuple(fc.nat(20), fc.nat(20)), { maxLength: 4 }),
        ({ items, text }, rewinds) => {
          const { transcript, out, notes } = record({ turnId: "t1" });
          const jumps = new Map(rewinds);
          for (let index = 0; index < items.length; index += 1) {
            transcript.apply(items[index] as StreamItem);
            const back = jumps.get(index);
            // Goes back to an earlier place and plays again from there, as after a cut.
            for (const again of back === undefined ? [] : items.slice(Math.max(0, index - back), index + 1)) {
              if (again.event?.type !== "text-delta" || stillOpen(items, again, index))
                transcript.apply(again);
            }
          }
          expect(out()).toBe(`${text}${text.endsWith("\n") ? "" : "\n"}end\n`);
          expect(notes).toEqual([]);
          expect(transcript.end?.reason).toBe("completed");
        },
      ),
    ));

  it("goes on from a snapshot in the middle of a block", () =>
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(), fc.nat(), (text, first, second) => {
        const seen = first % (text.length + 1);
        const inSnapshot = seen + (second % (text.length + 1 - seen));
        const { transcript, out } = record({ turnId: "t1" });
        const delta = (at: number, end: number) => ({
          type: "text-delta",
          block: "b",
          at,
          text: text.slice(at, end),
        });
        const [start, early] = numbered([{ type: "turn-start" }, delta(0, seen)]);
        transcript.apply(item(start ?? {}));
        if (seen > 0) transcript.apply(item(early ?? {}));
        transcript.apply({ cursor: "s", snapshot: running(text.slice(0, inSnapshot)) });
        const rest = numbered([{}, {}, delta(inSnapshot, text.length), { type: "text", block: "b", text }]);
        for (const event of rest.slice(2)) transcript.apply(item(event));
        expect(out()).toBe(text);
      }),
    ));

  it("knows from a snapshot that the turn is over, and how it ended", () => {
    const { transcript, out } = record({ turnId: "t1" });
    const message = {
      messageId: "t1#0.a",
      role: "assistant",
      seq: 3,
      turnId: "t1",
      chunks: [{ type: "text", text: "all of it" }],
    };
    const conversation = { id: "c", lastTurn: { turnId: "t1", reason: "error", code: "overloaded" } };
    transcript.apply({
      cursor: "s",
      snapshot: { ...running(""), running: undefined, conversation, messages: [message] } as never,
    });
    expect(out()).toBe("all of it\n");
    expect(transcript.end).toMatchObject({ reason: "error", error: { code: "overloaded" } });
  });

  it("says that a superseded attempt is void, and prints the next one whole", () => {
    const { transcript, out, notes } = record({ turnId: "t1" });
    const events = numbered([
      { type: "text-delta", block: "a1", at: 0, text: "half" },
      { type: "attempt-superseded", attempt: 1, blocks: ["a1"], callIds: [] },
      { type: "text-delta", block: "a2", at: 0, text: "half and whole" },
      { type: "text", block: "a2", length: 14 },
    ]);
    for (const event of events) transcript.apply(item(event));
    transcript.flush();
    expect(out()).toBe("half\nhalf and whole\n");
    expect(notes).toHaveLength(1);
  });

  it("leaves other turns out when it is about one, and shows people when asked", () => {
    const events = numbered([
      { type: "user-message", text: "one\ntwo", turnId: "t0" },
      { type: "steering", messages: [{ messageId: "s", text: "three" }] },
      { type: "text", block: "z", text: "other", turnId: "t0", stepId: "t0#0" },
    ]);
    const one = record({ turnId: "t1", showUser: true });
    const all = record({ showUser: true });
    for (const event of events) for (const { transcript } of [one, all]) transcript.apply(item(event));
    expect(one.out()).toBe("> three\n");
    expect(all.out()).toBe("> one\n> two\n> three\nother");
  });
});

/** A delta is repeated only while its block is open: what a server replays after a seal is the record alone. */
function stillOpen(items: readonly StreamItem[], delta: StreamItem, index: number): boolean {
  const { block } = delta.event as unknown as { block: string };
  return !items.slice(0, index + 1).some(({ event }) => event?.type === "text" && event.block === block);
}

function running(text: string): Snapshot {
  const block = { block: "b", kind: "text", messageId: "t1#0.a", text };
  return {
    conversation: { id: "c" },
    messages: [],
    hasMore: false,
    running: { turnId: "t1", attempt: 1, blocks: [block], tools: [] },
    seq: 1,
    cursor: "s",
  } as unknown as Snapshot;
}
