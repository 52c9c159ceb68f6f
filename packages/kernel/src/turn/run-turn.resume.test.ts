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
