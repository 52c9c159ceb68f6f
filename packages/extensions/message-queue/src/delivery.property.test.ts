/**
 * Whatever happens at whatever moment (aborts, closes, resets, writes that fail, kills), a message is queued, delivered, or
 * taken back: never two of these, never none. Checked at every record of the log.
 */
import { type ScriptedReply, textReply, toolCallReply } from "@dispatch/kernel/testing";
import { memoryLog } from "@dispatch/session-orchestrator/testing";
import { isDispatchError, type LogRecord } from "@dispatch/wire";
import fc from "fast-check";
import { expect, it } from "vitest";
import { call, hookedStore, openRig, type Rig, recordsOf, until } from "./fixtures/rig.ts";

const command = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom("steer", "followup", "send") },
  { weight: 1, arbitrary: fc.constantFrom("interrupt", "stop", "cancel", "clear", "resume") },
  { weight: 1, arbitrary: fc.constantFrom("close", "reset", "fail-before", "fail-after", "kill") },
  { weight: 4, arbitrary: fc.constantFrom("tool", "time") },
);
const pause = fc.constantFrom("none", "micro", "some", "immediate");
const reply = fc.constantFrom<"text" | "tool" | "slow" | "fails">("text", "tool", "slow", "fails");

const replies: Record<string, ScriptedReply> = {
  text: textReply("Yes."),
  tool: toolCallReply("wait", {}),
  slow: [{ type: "text", text: "Hm" }, { wait: 500 }, ...textReply(".")],
  fails: [{ type: "text", text: "Hm" }, { fail: new Error("cut") }],
};

/** One process after the other over the same store; only the last one may write. */
function theatre(kinds: readonly string[]) {
  const disk = memoryLog();
  const lives: Rig[] = [];
  let kill = (): void => undefined;
  let faults = { before: false, after: false };

  async function boot(): Promise<Rig> {
    kill();
    let dead = false;
    kill = () => {
      dead = true;
    };
    faults = { before: false, after: false };
    const mine = faults;
    const { store, hooks } = hookedStore(disk.reopen());
    const die = () => {
      if (dead) throw new Error("killed");
    };
    hooks.before = async () => {
      // A write takes a while: what comes meanwhile finds it under way.
      await undefined;
      die();
      if (mine.before) {
        mine.before = false;
        throw new Error("EIO");
      }
    };
    hooks.after = async () => {
      await undefined;
      die();
      if (mine.after) {
        mine.after = false;
        throw new Error("EIO");
      }
    };
    const script = Array.from({ length: 400 }, (_, n) => replies[kinds[n % kinds.length] ?? "text"] ?? []);
    const rig = await openRig(script, { store, settings: { crashPauseMs: 0, resumeAttempts: 1_000 } });
    lives.push(rig);
    return rig;
  }
  const fail = (when: "before" | "after") => {
    faults[when] = true;
  };
  const end = async () => {
    for (const { host } of lives) await host.stop();
  };
  return { disk, boot, fail, end };
}

const pauses: Record<string, () => Promise<void>> = {
  none: async () => undefined,
  micro: async () => {
    for (let n = 0; n < 3; n++) await undefined;
  },
  some: async () => {
    for (let n = 0; n < 25; n++) await undefined;
  },
  immediate: () => new Promise((resolve) => setImmediate(resolve)),
};

/** Where each message is at the end; throws where one is in two places or in none. */
function placesOf(records: readonly LogRecord[]): Map<string, string> {
  const places = new Map<string, string>();
  const texts = new Map<string, string>();
  let queue = new Set<string>();
  let reason = "";
  let status = "idle";
  for (const record of records) {
    const move = (messageId: string, to: string, from: readonly (string | undefined)[]) => {
      if (!from.includes(places.get(messageId)))
        throw new Error(`${messageId} went from ${places.get(messageId)} to ${to} at ${record.seq}`);
      places.set(messageId, to);
    };
    if (record.type === "done") reason = record.reason;
    if (record.type === "status-changed") status = record.status;
    if (record.type === "user-message") {
      texts.set(record.messageId, record.text);
      move(record.messageId, "delivered", [undefined, "carried"]);
    } else if (record.type === "steering") {
      for (const { messageId } of record.messages) move(messageId, "steered", ["queued"]);
    } else if (record.type === "queue-changed") {
      const { kind = "", messageIds = [] } = record.change ?? {};
      // By itself: not started by a resume.
      if (kind === "carried" && status === "active") expect(reason).toBe("completed");
      for (const item of record.queue) texts.set(item.messageId, item.text);
      for (const messageId of messageIds) {
        if (kind === "queued") move(messageId, "queued", [undefined]);
        else if (kind === "carried") move(messageId, "carried", ["queued"]);
        else if (kind === "delivered") move(messageId, "delivered", ["steered"]);
        else if (kind === "cancelled" || kind === "discarded") move(messageId, kind, ["queued"]);
      }
      queue = new Set(record.queue.map(({ messageId }) => messageId));
      for (const messageId of queue) expect(places.get(messageId)).toBe("queued");
    }
    if (record.type === "turn-sealed" || record.type === "turn-start")
      for (const place of places.values()) expect(["steered", "carried"]).not.toContain(place);
  }
  for (const [messageId, place] of places) {
    expect(place === "queued").toBe(queue.has(messageId));
    expect(["queued", "delivered", "cancelled", "discarded"]).toContain(place);
  }
  return new Map([...places].map(([messageId, place]) => [texts.get(messageId) ?? "", place]));
}

async function play(steps: readonly (readonly [string, string, number])[], kinds: readonly string[]) {
  const { disk, boot, fail, end } = theatre(kinds);
  let rig = await boot();
  const outcomes = new Map<string, Promise<"yes" | "no" | "unknown">>();
  const ids: string[] = [];
  const background: Promise<unknown>[] = [];
  const note = (text: string, asked: Promise<{ messageId: string }>) => {
    const outcome = asked.then(
      ({ messageId }) => {
        ids.push(messageId);
        return "yes" as const;
      },
      (error: unknown) =>
        isDispatchError(error) && !["store-failed", "internal"].includes(error.code)
          ? ("no" as const)
          : ("unknown" as const),
    );
    outcomes.set(text, outcome);
    background.push(outcome);
  };
  const tell = (asked: Promise<unknown>) => void background.push(asked.catch(() => undefined));
  try {
    for (const [index, [kind, wait, pick]] of steps.entries()) {
      const { sessions, clock, waiting } = rig;
      const message = `m${index}`;
      if (kind === "send") note(message, sessions.send({ message, conversationId: "c" }, call));
      else if (kind === "steer" || kind === "followup" || kind === "interrupt")
        note(message, rig.queues.offer("c", { message, deliver: kind }, call));
      else if (kind === "stop") tell(sessions.stop("c"));
      else if (kind === "close") tell(sessions.close("c"));
      else if (kind === "reset") tell(sessions.reset("c"));
      else if (kind === "cancel") tell(rig.queues.cancel("c", ids[pick % ids.length] ?? "x", call));
      else if (kind === "clear") tell(rig.queues.clear("c", call));
      else if (kind === "resume") tell(rig.queues.resume("c", call));
      else if (kind === "fail-before") fail("before");
      else if (kind === "fail-after") fail("after");
      else if (kind === "kill") rig = await boot();
      else if (kind === "tool") waiting.shift()?.("done");
      else if (kind === "time") await clock.advance(250);
      await pauses[wait]?.();
    }
    rig = await boot();
    const last = rig;
    const drain = () =>
      until(last, async () => {
        last.waiting.shift()?.("done");
        return (await last.sessions.status("c")).turnId === undefined;
      });
    await drain();
    const held = await rig.queues.list("c");
    if (held.queue.length > 0) expect(held.held).toBe(true);
    const results = new Map<string, string>();
    for (const [text, outcome] of outcomes) results.set(text, await Promise.race([outcome, hung()]));
    const records = await recordsOf(disk);
    const places = placesOf(records);
    for (const [text, outcome] of results) {
      if (outcome === "yes") expect([text, places.has(text)]).toEqual([text, true]);
      if (outcome === "no") expect([text, places.has(text)]).toEqual([text, false]);
    }
    expect(openCalls(records)).toEqual([]);
    return { records, places };
  } finally {
    await end();
  }
}

/** Of a process that was killed nobody hears. */
const hung = () => new Promise<"unknown">((resolve) => setImmediate(() => resolve("unknown")));

/** Calls of the log that have no result, or more than one. */
function openCalls(records: readonly LogRecord[]): string[] {
  const calls = new Map<string, number>();
  for (const record of records) {
    if (record.type === "tool-call") calls.set(record.callId, 0);
    else if (record.type === "tool-result") calls.set(record.callId, (calls.get(record.callId) ?? 9) + 1);
    else if (record.type === "attempt-superseded") for (const id of record.callIds) calls.set(id, 1);
  }
  return [...calls].flatMap(([id, results]) => (results === 1 ? [] : [id]));
}

it("a message is queued, delivered or taken back, never two of these and never none", async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(command, pause, fc.nat(20)), { minLength: 1, maxLength: 50, size: "max" }),
      fc.array(reply, { minLength: 1, maxLength: 6 }),
      async (steps, kinds) => {
        const { records } = await play(steps, kinds);
        for (const record of records) {
          const what = record.type === "queue-changed" ? record.change?.kind : record.type;
          if (what !== undefined) seen.set(what, (seen.get(what) ?? 0) + 1);
        }
      },
    ),
    { numRuns: 100 },
  );
  // It met what it is about.
  const kinds = ["queued", "delivered", "carried", "cancelled", "held"];
  for (const kind of kinds) expect([kind, seen.get(kind) ?? 0]).not.toEqual([kind, 0]);
}, 120_000);
