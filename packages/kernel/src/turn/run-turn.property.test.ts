import type { NewRecord, ToolOutcome } from "@dispatch/wire";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { ProviderEvent } from "../contracts/provider.ts";
import type { TurnDelta, TurnOutcome } from "../contracts/turn.ts";
import {
  type Act,
  call,
  createRig,
  finish,
  type RigOptions,
  reasoning,
  text,
  toolOf,
} from "./fixtures/turn-rig.ts";

const piece = fc
  .array(fc.constantFrom("a", "b", "\n", "é", "😀", "\ud83d", "\ude00"), { maxLength: 6 })
  .map((units) => units.join(""));

const event: fc.Arbitrary<ProviderEvent> = fc.oneof(
  { weight: 4, arbitrary: piece.map(text) },
  { weight: 2, arbitrary: piece.map(reasoning) },
  piece.map((data): ProviderEvent => ({ type: "reasoning", text: "", providerData: data })),
  fc
    .tuple(fc.constantFrom("quick", "slow", "alone", "stubborn", "failing", "unknown"), fc.nat(3))
    .map(([name, n]) => call(name, { n })),
  fc.constantFrom(call("quick", "{broken"), call("quick", "")),
);

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: event },
  { weight: 2, arbitrary: fc.array(event, { maxLength: 4 }) },
  fc.integer({ min: 1, max: 40 }),
);

const ending: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(finish()) },
  fc.constantFrom<Act[]>("end", "hang", new Error("gone")),
  fc.boolean().map((retryable): Act => ({ type: "error", error: { code: "x", message: "x", retryable } })),
);

const turn = fc.record({
  script: fc.array(
    fc.tuple(fc.array(act, { maxLength: 8 }), ending).map(([acts, last]) => [...acts, last]),
    { minLength: 1, maxLength: 4 },
  ),
  abortAt: fc.option(fc.nat(120), { nil: undefined }),
  storeMs: fc.constantFrom(0, 0, 7),
  failAtCommit: fc.option(fc.nat(20), { nil: undefined, freq: 6 }),
  polite: fc.boolean(),
  hooks: fc.boolean(),
  limits: fc.record({
    blockLength: fc.integer({ min: 1, max: 8 }),
    maxSteps: fc.integer({ min: 1, max: 4 }),
    timeoutMs: fc.option(fc.nat(200), { nil: undefined }),
    repeatedCalls: fc.constantFrom(0, 3),
  }),
  dispatch: fc.record({ maxConcurrent: fc.nat(3), eager: fc.boolean() }),
});
type Turn = typeof turn extends fc.Arbitrary<infer T> ? T : never;

function rigOf({ abortAt, storeMs, failAtCommit, hooks, ...given }: Turn) {
  const own = new AbortController().signal;
  let commits = 0;
  let committing = false;
  const alone: string[] = [];
  let running = 0;
  const work = (name: string, ms: number) =>
    toolOf(
      name,
      async (_, { output, signal }) => {
        running++;
        if (alone.length > 0 || (name === "alone" && running > 1)) throw new Error("not alone");
        if (name === "alone") alone.push(name);
        output("live 😀");
        await rig.clock.sleep(ms, signal).finally(() => {
          running--;
          alone.length = 0;
        });
        return "done";
      },
      { concurrencySafe: name !== "alone" },
    );
  const options: RigOptions = {
    ...given,
    tools: [
      work("quick", 0),
      work("slow", 30),
      work("alone", 10),
      toolOf("stubborn", async () => {
        await rig.clock.sleep(2_000, own);
        return "late";
      }),
      toolOf("failing", () => Promise.reject(new Error("fails"))),
    ],
    retry: { delayFor: (attempt) => (attempt > 2 ? "stop" : 20) },
    sink: {
      async commit(records) {
        expect(committing).toBe(false);
        committing = true;
        if (storeMs > 0) await rig.clock.sleep(storeMs, own);
        committing = false;
        if (commits++ === failAtCommit) throw new Error("disk full");
        rig.records.push(...records);
      },
    },
    ...(hooks && {
      drainSteering: () => [{ messageId: "steer", text: "go" }],
      beforeTool: async ({ input }) =>
        (input as { n?: number }).n === 3
          ? { allow: false, output: "no" }
          : { allow: true, input: { ...(input as object) } },
      afterTool: async (_, result) => ({ ...result, output: `${result.output}!` }),
    }),
  };
  const rig = createRig(options);
  rig.clock.after(abortAt ?? 100_000, () => rig.abort.abort()); // Late: for a provider that hangs.
  return rig;
}

const of = <T extends NewRecord["type"]>(records: readonly NewRecord[], type: T) =>
  records.filter((record): record is Extract<NewRecord, { type: T }> => record.type === type);

/** Every prefix can be repaired in place: nothing before what it belongs to, nothing twice. */
function expectOrder(records: readonly NewRecord[]) {
  const called = new Set<string>();
  const started = new Set<string>();
  const answered = new Set<string>();
  const complete = new Set<string>();
  for (const record of records) {
    if (record.stepId !== undefined && record.type !== "steering" && record.type !== "error")
      expect(complete.has(record.stepId)).toBe(false);
    if (record.type === "tool-call") {
      expect(called.has(record.callId)).toBe(false);
      called.add(record.callId);
    }
    if (record.type === "tool-start") {
      expect(called.has(record.callId) && !started.has(record.callId) && !answered.has(record.callId)).toBe(
        true,
      );
      started.add(record.callId);
    }
    if (record.type === "tool-result") {
      expect(called.has(record.callId) && !answered.has(record.callId)).toBe(true);
      expect(record.outcome === "ok" && !started.has(record.callId)).toBe(false);
      answered.add(record.callId);
    }
    if (record.type === "step-complete") {
      expect([...called].filter((callId) => !answered.has(callId))).toEqual([]);
      complete.add(record.stepId ?? "");
    }
  }
  return { called, answered };
}

/** Deltas are what the records seal; a text is never cut inside a pair. */
function expectBlocks(records: readonly NewRecord[], deltas: readonly TurnDelta[]) {
  const sealed = [...of(records, "text"), ...of(records, "reasoning")];
  for (const { block, text: whole, continues } of sealed) {
    const own = deltas.filter((delta) => delta.block === block);
    expect(own.map((delta) => delta.text).join("")).toBe(whole);
    for (const delta of own) expect(delta.continues).toBe(continues);
    let at = 0;
    for (const delta of own) {
      at += delta.text.length;
      expect(/[\ud800-\udbff]$/.test(whole.slice(0, at)) && /^[\udc00-\udfff]/.test(whole.slice(at))).toBe(
        false,
      );
    }
  }
  return new Set(sealed.map(({ block }) => block));
}

const isBatch = (act: Act): act is readonly ProviderEvent[] => Array.isArray(act);

/** What the provider said, as far as the turn read it. */
function expectSaid(records: readonly NewRecord[], { script }: Turn, requests: number, reason: string) {
  const said = { text: "", reasoning: "" };
  const take = (event: ProviderEvent) => {
    if (event.type === "text" || event.type === "reasoning") said[event.type] += event.text;
  };
  for (const act of script.slice(0, requests).flat()) {
    if (isBatch(act)) act.forEach(take);
    else if (typeof act === "object" && "type" in act) take(act);
  }
  for (const kind of ["text", "reasoning"] as const) {
    const recorded = of(records, kind)
      .map((record) => record.text)
      .join("");
    expect(said[kind].startsWith(recorded)).toBe(true);
    if (reason === "completed" || reason === "max-steps") expect(recorded).toBe(said[kind]);
  }
}

function expectMessages({ messages }: TurnOutcome, records: readonly NewRecord[]) {
  messages.forEach(({ role, chunks }, index) => {
    expect(chunks.length).toBeGreaterThan(0);
    const calls = chunks.flatMap((chunk) => (chunk.type === "tool-call" ? [chunk.callId] : []));
    if (role === "assistant" && calls.length > 0) {
      const results = messages[index + 1];
      expect(results?.role).toBe("tool");
      expect(results?.chunks.map((chunk) => (chunk.type === "tool-result" ? chunk.callId : ""))).toEqual(
        calls,
      );
    }
    if (role === "tool") expect(messages[index - 1]?.role).toBe("assistant");
  });
  const texts = messages.flatMap(({ role, chunks }) =>
    role === "assistant" ? chunks.flatMap((chunk) => (chunk.type === "text" ? [chunk.text] : [])) : [],
  );
  expect(texts.join("")).toBe(
    of(records, "text")
      .map((record) => record.text)
      .join(""),
  );
}

it("holds for any provider, tools, limits, store and moment of an abort (K2, K5, K7)", async () => {
  const reasons = new Map<string, number>();
  const outcomes = new Set<ToolOutcome>();
  await fc.assert(
    fc.asyncProperty(turn, async (given) => {
      const rig = rigOf(given);
      const outcome = await rig.run();
      const { called, answered } = expectOrder(rig.records);
      const sealed = expectBlocks(rig.records, rig.deltas);
      expectSaid(rig.records, given, rig.requests.length, outcome.reason);
      expect(rig.clock.pending()).toBe(0);
      if (outcome.error?.code !== "store-failed") {
        expect(answered).toEqual(called);
        expectMessages(outcome, rig.records);
        const shown = rig.deltas.filter(({ kind }) => kind !== "tool-output").map(({ block }) => block);
        expect(shown.filter((block) => !sealed.has(block))).toEqual([]);
        expect(of(rig.records, "error")).toHaveLength(outcome.reason === "error" ? 1 : 0);
      }
      expect(outcome.error === undefined).toBe(outcome.reason !== "error");
      for (const record of of(rig.records, "tool-result")) {
        outcomes.add(record.outcome);
        expect(record.output).not.toMatch(/not alone/);
      }
      reasons.set(outcome.reason, (reasons.get(outcome.reason) ?? 0) + 1);
    }),
    { numRuns: 500 },
  );
  // The property says nothing about what never happened.
  expect([...reasons.keys()].sort()).toEqual(
    expect.arrayContaining(["aborted", "completed", "error", "max-steps", "timeout"]),
  );
  expect([...outcomes].sort()).toEqual(["aborted", "denied", "error", "ok", "timeout"]);
}, 30_000);
