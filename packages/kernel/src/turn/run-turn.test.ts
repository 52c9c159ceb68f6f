import { describe, expect, it } from "vitest";
import { call, createRig, finish, reasoning, text, toolOf } from "./fixtures/turn-rig.ts";

const echo = toolOf("echo", (input) => JSON.stringify(input));

describe("a turn without tools", () => {
  it("records what the model says and ends completed", async () => {
    const rig = createRig({ script: [[reasoning("hm"), text("Hel"), text("lo"), finish(100, 7)]] });
    const outcome = await rig.run();
    expect(rig.records).toEqual([
      { turnId: "t", type: "reasoning", stepId: "t#0", block: "b0-0", text: "hm" },
      { turnId: "t", type: "text", stepId: "t#0", block: "b0-1", text: "Hello" },
      {
        turnId: "t",
        type: "step-complete",
        stepId: "t#0",
        usage: { inputTokens: 100, outputTokens: 7 },
        ttftMs: 0,
        decodeMs: 0,
        totalMs: 0,
        finishReason: "stop",
      },
    ]);
    expect(rig.deltas).toEqual([
      { kind: "reasoning", block: "b0-0", stepId: "t#0", text: "hm" },
      { kind: "text", block: "b0-1", stepId: "t#0", text: "Hel" },
      { kind: "text", block: "b0-1", stepId: "t#0", text: "lo" },
    ]);
    expect(outcome).toEqual({
      reason: "completed",
      messages: [
        {
          messageId: "t#0.a",
          role: "assistant",
          chunks: [
            { type: "reasoning", text: "hm" },
            { type: "text", text: "Hello" },
          ],
        },
      ],
      usage: { inputTokens: 100, outputTokens: 7 },
      contextSize: 107,
      steps: 1,
      durationMs: 0,
    });
    expect(rig.clock.pending()).toBe(0);
  });

  it("asks the provider for exactly what was planned", async () => {
    const rig = createRig({
      script: [[finish()]],
      plan: () => ({
        model: "m",
        system: "be nice",
        messages: [],
        tools: [echo],
        effort: "high",
        maxOutputTokens: 9,
      }),
    });
    await rig.run();
    expect(rig.requests).toEqual([
      {
        model: "m",
        system: "be nice",
        messages: [],
        tools: [echo.spec],
        effort: "high",
        maxOutputTokens: 9,
        conversationId: "c",
      },
    ]);
  });

  it("measures time to first content, decoding and the whole (K8)", async () => {
    const rig = createRig({ script: [[20, text("a"), 30, text("b"), 5, finish()]] });
    const outcome = await rig.run();
    expect(rig.of("step-complete")).toMatchObject([{ ttftMs: 20, decodeMs: 35, totalMs: 55 }]);
    expect(outcome.durationMs).toBe(55);
  });

  it.each([
    ["length", /output limit/],
    ["content-filter", /content filter/],
  ] as const)("is completed with a detail when the answer ends by %s", async (reason, detail) => {
    const rig = createRig({ script: [[text("a"), { type: "finish", reason }]] });
    expect(await rig.run()).toMatchObject({ reason: "completed", detail: expect.stringMatching(detail) });
  });

  it("takes the highest of the counts one request reports", async () => {
    const usage = { inputTokens: 50, outputTokens: 1, cacheReadTokens: 40 };
    const rig = createRig({
      script: [
        [
          { type: "usage", usage },
          text("a"),
          { type: "usage", usage: { inputTokens: 0, outputTokens: 9 } },
          finish(0, 3),
        ],
      ],
    });
    expect(await rig.run()).toMatchObject({
      usage: { inputTokens: 50, outputTokens: 9, cacheReadTokens: 40 },
      contextSize: 59,
    });
  });

  it("makes counts that are none into zero", async () => {
    const rig = createRig({ script: [[finish(Number.NaN, -3)]] });
    expect((await rig.run()).usage).toEqual({ inputTokens: 0, outputTokens: 0 });
  });

  it("makes one chunk of continued blocks", async () => {
    const rig = createRig({ script: [[text("abcdefgh"), text("ij"), finish()]], limits: { blockLength: 4 } });
    const outcome = await rig.run();
    expect(rig.of("text").map((record) => record.text)).toEqual(["abcd", "efgh", "ij"]);
    expect(outcome.messages[0]?.chunks).toEqual([{ type: "text", text: "abcdefghij" }]);
  });

  it("waits for a store that falls far behind", async () => {
    const rig = createRig({
      script: [[...Array.from({ length: 30 }, () => Array(10).fill(text("ab"))), finish()]],
      limits: { blockLength: 2 },
      sink: {
        async commit(records) {
          waiting = Math.max(waiting, records.length);
          await rig.clock.sleep(10, new AbortController().signal);
          rig.records.push(...records);
        },
      },
    });
    let waiting = 0;
    await rig.run();
    expect(rig.of("text")).toHaveLength(300);
    expect(waiting).toBeLessThan(80);
  });

  it("gives provider data to the block it ends", async () => {
    const rig = createRig({
      script: [
        [
          reasoning("one"),
          { type: "reasoning", text: "", providerData: "signature 1" },
          { type: "reasoning", text: "two", providerData: "signature 2" },
          { type: "tool-call", name: "echo", input: "", providerData: 7 },
          finish(),
        ],
        [finish()],
      ],
      tools: [echo],
    });
    const outcome = await rig.run();
    expect(rig.of("reasoning")).toMatchObject([
      { text: "one", providerData: "signature 1" },
      { text: "two", providerData: "signature 2" },
    ]);
    expect(rig.of("tool-call")).toMatchObject([{ providerData: 7, input: {} }]);
    expect(outcome.messages[0]?.chunks).toMatchObject([
      { text: "one", providerData: "signature 1" },
      { text: "two", providerData: "signature 2" },
      { type: "tool-call", providerData: 7 },
    ]);
  });
});

describe("a sink that fails", () => {
  it("ends the turn, aborts its tools and is not asked again (store-failed)", async () => {
    let aborted = false;
    let commits = 0;
    const rig = createRig({
      script: [[call("wait"), 5, text("more"), finish()]],
      tools: [
        toolOf("wait", async (_, { signal }) => {
          signal.addEventListener("abort", () => {
            aborted = true;
          });
          await rig.clock.sleep(1_000, signal);
        }),
      ],
      sink: {
        async commit(records) {
          commits++;
          if (records.some(({ type }) => type === "text")) throw new Error("disk full");
        },
      },
    });
    expect(await rig.run()).toMatchObject({
      reason: "error",
      error: { code: "store-failed", message: "disk full" },
    });
    expect(aborted).toBe(true);
    expect(commits).toBe(3);
  });

  it("may fail with a delta too", async () => {
    const rig = createRig({
      script: [[text("a"), "hang"]],
      sink: {
        delta() {
          throw new Error("no");
        },
      },
    });
    expect(await rig.run()).toMatchObject({ reason: "error", error: { code: "store-failed" } });
  });
});
