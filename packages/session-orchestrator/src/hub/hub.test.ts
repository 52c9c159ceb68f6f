import {
  applyEvent,
  createView,
  type DispatchEvent,
  decodeCursor,
  type LogRecord,
  type NewRecord,
} from "@dispatch/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createGate } from "../gate.ts";
import type { ConversationLog, LogEntry } from "../ports/log.ts";
import type { Frame } from "../ports/sessions.ts";
import { createLive, type Live } from "./live.ts";
import { growingBlock } from "./open-blocks.ts";
import { position } from "./position.ts";
import { shownRecord } from "./shown.ts";
import { createViewer } from "./viewer.ts";

const stepId = "t#0";

/** A conversation's live end over a log of entries, with flushes run by hand. */
function stage(tailRecords: number) {
  const entries: LogEntry[] = [];
  const flushes: (() => void)[] = [];
  const limits = { tailRecords, tailBytes: 1_000_000 };
  const live = createLive("c", { epoch: "e", head: 0, check: "0" }, limits, (run) => void flushes.push(run));
  const log = {
    read: async (_id: string, after: number, { limit = 3 } = {}) => ({
      entries: entries.slice(after, after + limit),
      hasMore: entries.length > after + limit,
    }),
  } as unknown as ConversationLog;
  const append = (...records: NewRecord[]) => {
    const fresh = records.map((record): LogEntry => {
      const seq = entries.length + 1;
      const entry = { seq, json: JSON.stringify({ seq, ts: seq, turnId: "t", ...record }) };
      entries.push(entry);
      return entry;
    });
    live.publish(fresh.map((entry) => shownRecord("c", entry, undefined, live.open)));
  };
  const flush = () => {
    for (const run of flushes.splice(0)) run();
  };
  return { live, log, entries, append, flush };
}

/** One device: a viewer it may lose, and what it has made of the frames. */
function device(live: Live, log: ConversationLog) {
  const view = createView();
  const sent = { bytes: 0 };
  let cursor = "0";
  let viewer = open();
  let waiting: Promise<Frame | undefined> | undefined;
  function open() {
    const at = cursor === "0" ? undefined : decodeCursor(cursor);
    const from = position(at?.seq ?? 0, at?.check ?? "0", at?.blocks);
    return createViewer({ live, log, gate: createGate(1), from, onClose: () => undefined });
  }
  const take = (frame: Frame) => {
    for (const event of frame.events) {
      sent.bytes += event.json.length;
      expect(applyEvent(view, JSON.parse(event.json) as DispatchEvent)).toBe("applied");
    }
    cursor = frame.events.at(-1)?.cursor ?? cursor;
    expect(cursor).toBe(frame.cursor);
  };
  return {
    view,
    sent,
    /** Takes one frame if there is one now. */
    async pull() {
      waiting ??= viewer.next();
      const frame = await Promise.race([waiting, settled()]);
      if (frame === "nothing") return false;
      waiting = undefined;
      if (frame) take(frame);
      return frame !== undefined;
    },
    /** Loses the connection, whatever was on its way, and comes back with its last cursor. */
    reconnect() {
      viewer.close();
      waiting = undefined;
      viewer = open();
    },
  };
}

const settled = (): Promise<"nothing"> => new Promise((resolve) => setImmediate(() => resolve("nothing")));

type Action =
  | { do: "grow"; text: string }
  | { do: "seal" }
  | { do: "record" }
  | { do: "flush" }
  | { do: "pull"; device: number }
  | { do: "reconnect"; device: number };
const actions = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant("grow" as const),
      text: fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 }),
    }),
    fc.constant<Action>({ do: "seal" }),
    fc.constant<Action>({ do: "record" }),
    fc.constant<Action>({ do: "flush" }),
    fc.record({ do: fc.constant("pull" as const), device: fc.nat(2) }),
    fc.record({ do: fc.constant("reconnect" as const), device: fc.nat(2) }),
  ),
  { maxLength: 60, size: "max" },
);

describe("viewers", () => {
  it("end with the log, whenever they look, however often they are cut, behind the tail or in front", {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(actions, fc.integer({ min: 1, max: 8 }), async (script, tailRecords) => {
        const { live, log, entries, append, flush } = stage(tailRecords);
        const devices = [device(live, log), device(live, log), device(live, log)];
        let blocks = 0;
        let text = "";
        const seal = () => {
          if (text === "") return;
          append({ type: "text", stepId, block: `b${blocks++}`, text });
          text = "";
        };
        for (const action of script) {
          if (action.do === "grow") {
            text += action.text;
            const start = {
              block: `b${blocks}`,
              kind: "text",
              messageId: `${stepId}.a`,
              turnId: "t",
              stepId,
            } as const;
            live.grow(start, action.text);
          } else if (action.do === "seal") seal();
          else if (action.do === "record") append({ type: "notice", level: "info", text: "n" });
          else if (action.do === "flush") flush();
          else if (action.do === "pull") await devices[action.device]?.pull();
          else devices[action.device]?.reconnect();
        }
        seal();
        const truth = createView();
        for (const { json } of entries)
          applyEvent(truth, { ...(JSON.parse(json) as LogRecord), conversationId: "c" } as DispatchEvent);
        for (const each of devices) {
          do flush();
          while (await each.pull());
          expect(each.view.messages).toEqual(truth.messages);
          expect(each.view.seq).toBe(entries.length);
          expect(each.view.open.size).toBe(0);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("at the same place share one frame, and a slow one gets merged text", async () => {
    const { live, log, flush } = stage(10);
    const start = { block: "b", kind: "text", messageId: "m", turnId: "t", stepId } as const;
    const open = () =>
      createViewer({ live, log, gate: createGate(1), from: position(0, "0"), onClose: () => undefined });
    const [a, b] = [open(), open()];
    live.grow(start, "one");
    await Promise.all([a.next(), b.next()]);
    const both = Promise.all([a.next(), b.next()]);
    live.grow(start, "two ");
    live.grow(start, "three");
    flush();
    const [first, second] = await both;
    expect(first).toBe(second);
    expect(first?.events).toHaveLength(1);
    expect(first?.encode("x", (frame) => ({ frame }))).toBe(second?.encode("x", (frame) => ({ frame })));
    for (let n = 0; n < 1_000; n++) live.grow(start, "word ");
    const merged = await a.next();
    expect(merged?.events.map(({ json }) => JSON.parse(json) as { at: number; text: string })).toMatchObject([
      { at: 12, text: "word ".repeat(1_000) },
    ]);
  });

  it("get a sealed block's text only when they do not hold it", async () => {
    const { live, log, append, flush } = stage(10);
    const start = { block: "b", kind: "text", messageId: "m", turnId: "t", stepId } as const;
    const early = device(live, log);
    const late = device(live, log);
    live.grow(start, "x".repeat(1_000));
    flush();
    await early.pull();
    append({ type: "text", stepId, block: "b", text: "x".repeat(1_000) });
    flush();
    await early.pull();
    await late.pull();
    expect(late.view.messages).toEqual(early.view.messages);
    expect(late.sent.bytes).toBeLessThan(1_300);
    expect(early.sent.bytes).toBeLessThan(1_600);
  });

  it("get the rest of a block that grew and was sealed in one tick, not the whole of it again", async () => {
    const { live, log, append, flush } = stage(10);
    const keepsUp = device(live, log);
    const piece = "lorem ipsum ".repeat(1_000);
    let late: ReturnType<typeof device> | undefined;
    for (let block = 0; block < 10; block++) {
      const start = { block: `b${block}`, kind: "text", messageId: "m", turnId: "t", stepId } as const;
      for (let n = 0; n < 4; n++) {
        live.grow(start, piece);
        flush();
        await keepsUp.pull();
        await late?.pull();
        if (block === 4 && n === 2) late = device(live, log);
      }
      live.grow(start, piece);
      append({ type: "text", stepId, block: start.block, text: piece.repeat(5) });
      flush();
      await keepsUp.pull();
      while (await late?.pull());
    }
    const whole = 50 * piece.length;
    expect(keepsUp.view.messages).toEqual(late?.view.messages);
    expect(keepsUp.sent.bytes).toBeLessThan(1.1 * whole);
    expect(late?.sent.bytes).toBeLessThan(1.1 * whole);
  });

  it("get a sealed block whole when its record says something else than what they saw", async () => {
    const { live, log, append, flush } = stage(10);
    const start = { block: "b", kind: "text", messageId: "m", turnId: "t", stepId } as const;
    const early = device(live, log);
    live.grow(start, "the key is sk-12");
    flush();
    await early.pull();
    append({ type: "text", stepId, block: "b", text: "the key is *** and no more" });
    flush();
    await early.pull();
    expect(early.view.messages[0]?.chunks).toEqual([{ type: "text", text: "the key is *** and no more" }]);
  });

  it("end when they are closed, also while waiting", async () => {
    const { live, log, flush } = stage(10);
    const viewer = createViewer({
      live,
      log,
      gate: createGate(1),
      from: position(0, "0"),
      onClose: () => undefined,
    });
    const next = viewer.next();
    viewer.close();
    flush();
    expect(await next).toBeUndefined();
    expect(await viewer.next()).toBeUndefined();
  });
});

describe("an open block", () => {
  it("reads from any offset what a string would", async () => {
    await fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 5 })), fc.nat(40), (chunks, offset) => {
        const block = growingBlock({ block: "b", kind: "text", messageId: "m", turnId: "t", stepId });
        for (const chunk of chunks) block.push(chunk);
        const whole = chunks.join("");
        expect(block.length).toBe(whole.length);
        expect(block.from(offset, Number.MAX_SAFE_INTEGER)).toBe(whole.slice(offset));
        const some = block.from(offset, 3);
        expect(whole.slice(offset).startsWith(some)).toBe(true);
        expect(some.length > 0 || offset >= whole.length).toBe(true);
      }),
    );
  });
});
