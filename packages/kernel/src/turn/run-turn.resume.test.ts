import { expect, it } from "vitest";
import { createRig, finish, text, toolOf } from "./fixtures/turn-rig.ts";

const answered = {
  output: "kept",
  isError: false,
  truncated: false,
  outcome: "ok",
} as const;

it("a resumed step runs the calls that have no result, under their old ids, and asks the provider only for the next step", async () => {
  const ran: unknown[] = [];
  const rig = createRig({
    firstStep: 2,
    resume: {
      calls: [
        { callId: "old-0", name: "echo", input: { n: 1 }, result: answered },
        { callId: "old-1", name: "echo", input: { n: 2 } },
        { callId: "old-2", name: "gone", input: {} },
      ],
    },
    script: [[text("done"), finish()]],
    tools: [
      toolOf("echo", (input) => {
        ran.push(input);
        return "fresh";
      }),
    ],
  });
  const outcome = await rig.run();
  expect(outcome.reason).toBe("completed");
  expect(ran).toEqual([{ n: 2 }]);
  expect(rig.types()).toEqual([
    "tool-result",
    "tool-start",
    "tool-result",
    "step-complete",
    "text",
    "step-complete",
  ]);
  expect(rig.of("tool-result")).toMatchObject([
    { callId: "old-2", isError: true, stepId: "t#2" },
    { callId: "old-1", output: "fresh", stepId: "t#2" },
  ]);
  expect(rig.requests).toHaveLength(1);
  expect(outcome.messages[0]?.chunks.map((chunk) => "callId" in chunk && chunk.callId)).toEqual([
    "old-0",
    "old-1",
    "old-2",
  ]);
});

it("an abort during a resumed step answers its open calls", async () => {
  const rig = createRig({
    resume: { calls: [{ callId: "old", name: "stuck", input: {} }] },
    tools: [toolOf("stuck", () => new Promise<never>(() => undefined))],
  });
  void rig.clock.sleep(1_000).then(() => rig.abort.abort());
  expect(await rig.run()).toMatchObject({ reason: "aborted" });
  expect(rig.of("tool-result")).toMatchObject([{ callId: "old", outcome: "aborted" }]);
  expect(rig.requests).toEqual([]);
});

it.each([
  ["an abort", "aborted", "aborted", "Not run: the turn was aborted."],
  ["a failure", "error", "aborted", "Not run: the turn failed."],
] as const)(
  "%s before the calls of a resumed step could run answers those that are open",
  async (how, reason, outcome, output) => {
    const rig = createRig({
      firstStep: 1,
      resume: {
        calls: [
          { callId: "old-0", name: "echo", input: {}, result: answered },
          { callId: "old-1", name: "echo", input: {} },
        ],
      },
      plan: () =>
        how === "a failure" ? Promise.reject(new Error("no")) : new Promise<never>(() => undefined),
      tools: [toolOf("echo", () => "fresh")],
    });
    void rig.clock.sleep(1_000).then(() => rig.abort.abort());
    const { messages, ...ended } = await rig.run();
    expect(ended).toMatchObject({ reason });
    expect(rig.of("tool-result")).toMatchObject([{ callId: "old-1", stepId: "t#1", outcome, output }]);
    expect(messages[0]?.chunks).toMatchObject([{ callId: "old-0" }, { callId: "old-1" }]);
  },
);
