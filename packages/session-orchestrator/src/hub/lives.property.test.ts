import {
  applyEvent,
  createView,
  type DispatchEvent,
  decodeCursor,
  type LogRecord,
  type NewRecord,
  type View,
} from "@dispatch/wire";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createGate } from "../gate.ts";
import type { ConversationLog, LogEntry } from "../ports/log.ts";
import type { Frame } from "../ports/sessions.ts";
import { createLive } from "./live.ts";
import { position } from "./position.ts";
import { shownRecord } from "./shown.ts";
import { createViewer } from "./viewer.ts";

type Block = { id: string; kind: "text" | "tool-output"; text: string };

/** A turn of many attempts over one log: servers die, and the next one goes on from what is stored. */
function world(tailRecords: number) {
  const entries: LogEntry[] = [];
  const flushes: (() => void)[] = [];
  const log = {
    read: async (_id: string, after: number, { limit = 3 } = {}) => ({
      entries: entries.slice(after, after + limit),
      hasMore: entries.length > after + limit,
    }),
  } as unknown as ConversationLog;
  const bear = () => {
    const last = entries.at(-1);
    const check = last ? shownRecord("c", last).check : "0";
    return createLive(
      "c",
      { epoch: "e", head: entries.length, check },
      { tailRecords, tailBytes: 1_000_000 },
      (run) => void flushes.push(run),
    );
  };
  let live = bear();
  let step = 0;
  let attempt = 1;
  let ids = 0;
  const blocks = new Map<string, Block>();
  const stepId = () => `t#${step}`;

  function append(...records: NewRecord[]): void {
    const fresh = records.map((record): LogEntry => {
      const seq = entries.length + 1;
      const entry = {
        seq,
        json: JSON.stringify({ seq, ts: seq, turnId: "t", stepId: stepId(), ...record }),
      };
      entries.push(entry);
      return entry;
    });
    live.publish(fresh.map((entry) => shownRecord("c", entry, undefined, live.open)));
  }
  const start = () =>
    append({ type: "turn-start", model: "m", effort: "high", cwd: "/", maxSteps: 1, turn: 1, attempt });
  const seal = ({ id, text }: Block) => append({ type: "text", block: id, text });
  const result = ({ id, text }: Block) =>
    append({
      type: "tool-result",
      callId: id,
      name: "x",
      output: text,
      isError: false,
      truncated: false,
      outcome: "ok",
      durationMs: 1,
    });
  const close = (block: Block) => {
    blocks.delete(block.id);
    if (block.kind === "text") seal(block);
    else result(block);
  };
  const pick = (n: number) => [...blocks.values()][n % Math.max(1, blocks.size)];
  start();

  return {
    log,
    entries,
    get live() {
      return live;
    },
    flush() {
      for (const run of flushes.splice(0)) run();
    },
    blocks,
    open(kind: Block["kind"]) {
      const id = `${kind === "text" ? "b" : "c"}${ids++}.${attempt}`;
      blocks.set(id, { id, kind, text: "" });
      if (kind === "tool-output")
        append({ type: "tool-call", callId: id, name: "x", input: {} }, { type: "tool-start", callId: id });
    },
    grow(n: number, text: string) {
      const block = pick(n);
      if (!block) return;
      block.text += text;
      const { id, kind } = block;
      live.grow({ block: id, kind, messageId: `${stepId()}.a`, turnId: "t", stepId: stepId() }, text);
    },
    close(n: number) {
      const block = pick(n);
      if (block) close(block);
    },
    endStep() {
      for (const block of [...blocks.values()]) close(block);
      append({
        type: "step-complete",
        usage: { inputTokens: 1, outputTokens: 1 },
        ttftMs: 0,
        decodeMs: 0,
        totalMs: 0,
      });
      step++;
    },
    /** Text was saved up to `saved` of its length; calls are run again. */
    die(saved: number) {
      live.end("failed");
      live = bear();
      const open = [...blocks.values()];
      blocks.clear();
      const calls = open.filter(({ kind }) => kind === "tool-output");
      if (calls.length === 0) {
        const texts = open.filter(({ text }) => Math.floor(text.length * saved) > 0).map(({ id }) => id);
        append({ type: "attempt-superseded", attempt, blocks: texts, callIds: [] });
      } else
        for (const block of open)
          if (block.kind === "text")
            seal({ ...block, text: block.text.slice(0, Math.floor(block.text.length * saved)) });
      attempt++;
      start();
      for (const call of calls) {
        blocks.set(call.id, { ...call, text: "" });
        append({ type: "tool-start", callId: call.id });
      }
    },
    end() {
      for (const block of [...blocks.values()]) close(block);
      append({ type: "turn-sealed" });
    },
  };
}
type World = ReturnType<typeof world>;

function device(place: World) {
  let view = createView();
  let cursor = "0";
  let live = place.live;
  let viewer = open();
  let waiting: Promise<Frame | undefined> | undefined;
  function open() {
    live = place.live;
    const at = cursor === "0" ? undefined : decodeCursor(cursor);
    const from = position(at?.seq ?? 0, at?.check ?? "0", at?.blocks);
    return createViewer({ live, log: place.log, gate: createGate(1), from, onClose: () => undefined });
  }
  const reconnect = (afresh = false) => {
    viewer.close();
    waiting = undefined;
    if (afresh) {
      cursor = "0";
      view = createView();
    }
    viewer = open();
  };
  return {
    get view(): View {
      return view;
    },
    reconnect,
    async pull(): Promise<boolean> {
      if (live !== place.live) reconnect();
      waiting ??= viewer.next();
      const frame = await Promise.race([
        waiting,
        new Promise<"nothing">((resolve) => setImmediate(() => resolve("nothing"))),
      ]);
      if (frame === "nothing") return false;
      waiting = undefined;
      if (!frame) return false;
      for (const event of frame.events)
        expect(applyEvent(view, JSON.parse(event.json) as DispatchEvent)).not.toBe("gap");
      cursor = frame.cursor;
      // What is shown as growing is what grows, never what grew before under the same id.
      if (view.seq === live.head)
        for (const { block, text } of view.open.values()) {
          const now = place.blocks.get(block)?.text;
          if (now !== undefined) expect(now.startsWith(text)).toBe(true);
        }
      return true;
    },
  };
}

const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 });
const action = fc.oneof(
  fc.record({
    do: fc.constant("open" as const),
    kind: fc.constantFrom("text" as const, "tool-output" as const),
  }),
  { weight: 4, arbitrary: fc.record({ do: fc.constant("grow" as const), n: fc.nat(3), text }) },
  fc.record({ do: fc.constant("close" as const), n: fc.nat(3) }),
  fc.record({ do: fc.constant("endStep" as const) }),
  fc.record({ do: fc.constant("die" as const), saved: fc.double({ min: 0, max: 1, noNaN: true }) }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant("flush" as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("pull" as const), device: fc.nat(2) }) },
  fc.record({ do: fc.constant("reconnect" as const), device: fc.nat(2), afresh: fc.boolean() }),
);

it("viewers end with the log over deaths of the server, and never mix what a call said with what it says again", {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { minLength: 10, maxLength: 80, size: "max" }),
      fc.integer({ min: 1, max: 8 }),
      async (script, tailRecords) => {
        const place = world(tailRecords);
        const devices = [device(place), device(place), device(place)];
        for (const each of script) {
          if (each.do === "open") place.open(each.kind);
          else if (each.do === "grow") place.grow(each.n, each.text);
          else if (each.do === "close") place.close(each.n);
          else if (each.do === "die") place.die(each.saved);
          else if (each.do === "pull") await devices[each.device]?.pull();
          else if (each.do === "reconnect") devices[each.device]?.reconnect(each.afresh);
          else place[each.do]();
        }
        place.end();
        const truth = createView();
        for (const { json } of place.entries)
          applyEvent(truth, { ...(JSON.parse(json) as LogRecord), conversationId: "c" } as DispatchEvent);
        for (const each of devices) {
          do place.flush();
          while (await each.pull());
          expect(each.view.messages).toEqual(truth.messages);
          expect(each.view.seq).toBe(place.entries.length);
          expect(each.view.open.size).toBe(0);
        }
      },
    ),
    { numRuns: 100 },
  );
});
