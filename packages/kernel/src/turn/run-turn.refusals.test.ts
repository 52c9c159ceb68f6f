import { describe, expect, it } from "vitest";
import type { CompiledSchema } from "../contracts/schema.ts";
import { call, calling, createRig, finish, toolOf } from "./fixtures/turn-rig.ts";

const echo = toolOf("echo", (input) => JSON.stringify(input));

describe("a call that cannot run is answered with an error, and the turn goes on (K7)", () => {
  const wantsPath: CompiledSchema = {
    json: {},
    validate: (value) =>
      typeof (value as { path?: unknown }).path === "string"
        ? { ok: true, value }
        : {
            ok: false,
            issues: [
              { path: "path", message: "must be a string" },
              { path: "", message: "is odd" },
            ],
          },
  };
  const read = toolOf("read_file", () => expect.unreachable(), { schema: wantsPath });
  const slowCheck = toolOf("slow", () => expect.unreachable(), {
    schema: { json: {}, validate: async (value) => wantsPath.validate(value) },
  });
  const broken = toolOf("broken", () => expect.unreachable(), {
    schema: {
      json: {},
      validate: () => {
        throw new Error("bad schema");
      },
    },
  });

  it.each([
    ["malformed arguments", "read_file", '{"path": ', /not valid JSON.*They were: \{"path": $/],
    ["arguments that are no object", "read_file", "[]", /must be a JSON object, not an array/],
    [
      "an unknown tool",
      "reed_file",
      "{}",
      /no tool "reed_file"\. Did you mean "read_file"\? Tools: read_file, slow, broken\.$/,
    ],
    ["wrong arguments", "read_file", '{"path":1}', /Nothing was run\.\npath: must be a string\nis odd$/],
    ["wrong arguments, checked slowly", "slow", '{"path":1}', /\npath: must be a string/],
    ["a schema that throws", "broken", "{}", /could not be checked: bad schema/],
  ])("%s", async (_, name, input, output) => {
    const rig = calling([[name, input]], { tools: [read, slowCheck, broken] });
    expect(await rig.run()).toMatchObject({ reason: "completed", steps: 2 });
    expect(rig.types()).toEqual(["tool-call", "tool-result", "step-complete", "text", "step-complete"]);
    expect(rig.of("tool-result")).toMatchObject([
      {
        callId: "call0-0",
        name,
        output: expect.stringMatching(output),
        isError: true,
        outcome: "error",
        durationMs: 0,
      },
    ]);
  });

  it("stores an unparsable input as {} and an impossible name in a form providers take", async () => {
    const rig = calling([["ls -la; 🙂", "{"]], { tools: [] });
    await rig.run();
    expect(rig.of("tool-call")).toMatchObject([{ name: "ls_-la____", input: {} }]);
    expect(rig.of("tool-result")[0]?.output).toBe('There is no tool "ls -la; 🙂". There are no tools.');
  });

  it("lists a bounded number of tools", async () => {
    const tools = Array.from({ length: 80 }, (_, n) => toolOf(`tool${n}`, () => ""));
    const rig = calling([["zzzzzzzzzzzz"]], { tools });
    await rig.run();
    expect(rig.of("tool-result")[0]?.output).toMatch(/tool49 and 30 more\.$/);
  });
});

describe("the same call again and again (K6)", () => {
  it("stops the turn at the third, which is not run; all calls of the step are answered", async () => {
    const runs: unknown[] = [];
    const tool = toolOf("tool", (input) => {
      runs.push(input);
      return "x";
    });
    const rig = createRig({
      script: [
        [call("tool", '{"a":1,"b":2}'), call("tool", '{"b":2, "a":1}'), finish()],
        [call("tool", '{"a":1,"b":2}'), call("tool", { c: 3 }), finish()],
      ],
      tools: [tool],
      drainSteering: () => [],
    });
    const outcome = await rig.run();
    expect(outcome).toMatchObject({
      reason: "repeated-calls",
      detail: expect.stringMatching(/"tool".*3 times/),
      steps: 2,
    });
    expect(runs).toEqual([{ a: 1, b: 2 }, { a: 1, b: 2 }, { c: 3 }]);
    expect(rig.of("tool-result").filter(({ stepId }) => stepId === "t#1")).toMatchObject([
      { callId: "call1-0", isError: true, output: expect.stringMatching(/^Not run: the same call/) },
      { callId: "call1-1", isError: false },
    ]);
    expect(rig.types().at(-1)).toBe("step-complete");
  });

  it("is fine with another in between, or when the limit is off", async () => {
    const calls: Parameters<typeof call>[] = [["echo"], ["echo"], ["echo", { n: 1 }], ["echo"], ["echo"]];
    expect(await calling(calls, { tools: [echo] }).run()).toMatchObject({ reason: "completed" });
    const same = calls.map((): ["echo"] => ["echo"]);
    const off = calling(same, { tools: [echo], limits: { repeatedCalls: 0 } });
    expect(await off.run()).toMatchObject({ reason: "completed" });
  });
});
