import { describe, expect, it } from "vitest";
import type { CompiledSchema } from "../contracts/schema.ts";
import type { ToolOutput } from "../contracts/tool.ts";
import type { TurnInput } from "../contracts/turn.ts";
import { call, createRig, finish, type RigOptions, text, toolOf } from "./fixtures/turn-rig.ts";

const echo = toolOf("echo", (input) => JSON.stringify(input));

/** One step with these calls, one without. */
const calling = (calls: Parameters<typeof call>[], options: RigOptions) =>
  createRig({
    script: [
      [...calls.map((one) => call(...one)), finish()],
      [text("ok"), finish()],
    ],
    ...options,
  });

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

describe("a call that runs", () => {
  it("gets the validated value, while history keeps what the model said, whatever the tool does to it", async () => {
    const seen: unknown[] = [];
    const rig = calling(
      [
        ["greedy", { n: "1" }],
        ["parsed", { n: "1" }],
      ],
      {
        tools: [
          toolOf("greedy", (input) => {
            (input as { n: unknown }).n = "changed";
            return "done";
          }),
          toolOf(
            "parsed",
            (input) => {
              seen.push(input);
              return "done";
            },
            {
              schema: {
                json: {},
                validate: (value) => ({ ok: true, value: { n: Number((value as { n: string }).n) } }),
              },
              target: ({ n }) => `n is ${typeof n} ${n}`,
            },
          ),
        ],
      },
    );
    const outcome = await rig.run();
    expect(seen).toEqual([{ n: 1 }]);
    expect(rig.of("tool-call")).toMatchObject([
      { input: { n: "1" } },
      { input: { n: "1" }, target: "n is number 1" },
    ]);
    expect(outcome.messages[0]?.chunks).toMatchObject([{ input: { n: "1" } }, { input: { n: "1" } }]);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["is no text", () => 7],
    ["is empty", () => ""],
  ])("has no target when that %s", async (_, target) => {
    const rig = calling([["echo"]], {
      tools: [toolOf("echo", () => "x", { target: target as () => string })],
    });
    await rig.run();
    expect(rig.of("tool-call")[0]).not.toHaveProperty("target");
  });

  it.each<[string, () => unknown, Partial<ToolOutput> & { outcome: string }]>([
    [
      "throws",
      () => {
        throw new Error("no such file");
      },
      { output: "no such file", isError: true, outcome: "error" },
    ],
    [
      "throws nothing useful",
      () => Promise.reject(undefined),
      { output: "It failed without saying why.", isError: true, outcome: "error" },
    ],
    [
      "gives garbage",
      () => 42,
      { output: expect.stringMatching(/gave no text/), isError: true, outcome: "error" },
    ],
    [
      "gives no text",
      () => ({ output: 42 }),
      { output: expect.stringMatching(/gave no text/), isError: true, outcome: "error" },
    ],
    [
      "gives nothing",
      () => undefined,
      { output: expect.stringMatching(/gave no text/), isError: true, outcome: "error" },
    ],
    [
      "says that it failed",
      () => ({ output: "exit 1", isError: true }),
      { output: "exit 1", isError: true, outcome: "error" },
    ],
    [
      "has shortened itself",
      () => ({ output: "a", truncated: true }),
      { output: "a", isError: false, truncated: true, outcome: "ok" },
    ],
  ])("is answered when the tool %s", async (_, run, result) => {
    const rig = calling([["tool"]], { tools: [toolOf("tool", run)] });
    expect(await rig.run()).toMatchObject({ reason: "completed" });
    expect(rig.of("tool-result")).toMatchObject([result]);
  });

  it("starts after its start is stored, and while the answer still streams when eager (K2)", async () => {
    const at: [string, number, string[]][] = [];
    const tool = toolOf("tool", (_, { callId }) => {
      at.push([callId, rig.clock.now() - 1_000_000, rig.types()]);
      return "x";
    });
    const script = [
      [call("tool", { n: 1 }), 20, call("tool", { n: 2 }), 20, text("later"), finish()],
      [finish()],
    ];
    let rig = createRig({ script, tools: [tool] });
    await rig.run();
    expect(at.map(([, ms]) => ms)).toEqual([0, 20]);
    expect(at[0]?.[2]).toEqual(["tool-call", "tool-start"]);
    at.length = 0;
    rig = createRig({ script, tools: [tool], dispatch: { maxConcurrent: 1, eager: false } });
    await rig.run();
    expect(at.map(([, ms]) => ms)).toEqual([40, 40]);
  });

  it("runs beside others up to the limit, alone if it must, twice if asked twice (K2)", async () => {
    let running = 0;
    const most = { safe: 0, alone: 0 };
    const tool = (name: "safe" | "alone") =>
      toolOf(
        name,
        async (_, { signal }) => {
          running++;
          most[name] = Math.max(most[name], running);
          await rig.clock.sleep(10, signal);
          running--;
          return "x";
        },
        { concurrencySafe: name === "safe" },
      );
    const rig = calling(
      [["safe"], ["safe"], ["alone"], ["safe", { n: 1 }], ["safe", { n: 2 }], ["safe", { n: 3 }]],
      {
        tools: [tool("safe"), tool("alone")],
        dispatch: { maxConcurrent: 2, eager: true },
      },
    );
    await rig.run();
    expect(most).toEqual({ safe: 2, alone: 1 });
    expect(rig.of("tool-result")).toHaveLength(6);
  });

  it("shows live output up to the limit, nothing after its result, and no half characters", async () => {
    const held: { output?: (text: string) => void } = {};
    const rig = calling([["loud"]], {
      tools: [
        toolOf("loud", (_, { output }) => {
          held.output = output;
          for (const piece of ["ab\ud83d", "\ude00c", "defghij", "never"]) output(piece);
          return "all";
        }),
      ],
      limits: { liveOutput: 9 },
    });
    await rig.run();
    held.output?.("too late");
    expect(rig.deltas.filter(({ kind }) => kind === "tool-output")).toEqual(
      ["ab", "\ud83d\ude00c", "defg", "\n[… live output ends here, after 9 characters …]\n"].map((piece) => ({
        kind: "tool-output",
        block: "call0-0",
        stepId: "t#0",
        text: piece,
      })),
    );
  });

  it("is told where it runs", async () => {
    let context: unknown;
    const rig = calling([["tool"]], {
      tools: [
        toolOf("tool", (_, given) => {
          context = given;
          return "";
        }),
      ],
      cwd: "/work",
      env: { A: "1" },
    });
    await rig.run();
    expect(context).toMatchObject({
      conversationId: "c",
      turnId: "t",
      stepId: "t#0",
      callId: "call0-0",
      cwd: "/work",
      env: { A: "1" },
    });
    expect((context as { signal: AbortSignal }).signal.aborted).toBe(true);
  });

  it("has its result shortened after afterTool (K6)", async () => {
    const rig = calling([["long"]], {
      tools: [toolOf("long", () => "abc")],
      limits: { toolResultBytes: 4 },
      afterTool: async (request, result) => ({ ...result, output: `${result.output}${request.name}` }),
    });
    await rig.run();
    expect(rig.of("tool-result")).toMatchObject([
      { output: "ab\n[… 3 bytes left out …]\nng", truncated: true, isError: false },
    ]);
  });
});

describe("hooks around a call", () => {
  const run = async (hooks: Pick<Partial<TurnInput>, "beforeTool" | "afterTool">) => {
    const seen: unknown[] = [];
    const rig = calling([["tool", { n: 1 }]], {
      tools: [
        toolOf(
          "tool",
          (input) => {
            seen.push(input);
            return "done";
          },
          {
            schema: {
              json: {},
              validate: (value) =>
                (value as { n: unknown }).n === 13
                  ? { ok: false, issues: [{ path: "n", message: "unlucky" }] }
                  : { ok: true, value },
            },
            target: () => "a target",
          },
        ),
      ],
      ...hooks,
    });
    expect(await rig.run()).toMatchObject({ reason: "completed" });
    return { seen, rig, result: rig.of("tool-result")[0] };
  };

  it("see the call before it starts and may let it run", async () => {
    let types: string[] = [];
    const { seen, rig } = await run({
      beforeTool: async (request) => {
        expect(request).toEqual({
          callId: "call0-0",
          stepId: "t#0",
          name: "tool",
          input: { n: 1 },
          target: "a target",
        });
        types = ["called"];
        return { allow: true, input: request.input };
      },
    });
    expect([seen, types]).toEqual([[{ n: 1 }], ["called"]]);
    expect(rig.types().slice(0, 3)).toEqual(["tool-call", "tool-start", "tool-result"]);
  });

  it("may deny it: it never starts", async () => {
    const { seen, rig, result } = await run({
      beforeTool: async () => ({ allow: false, output: "Not today." }),
    });
    expect([seen, rig.of("tool-start")]).toEqual([[], []]);
    expect(result).toMatchObject({ output: "Not today.", outcome: "denied", isError: true });
  });

  it("deny it when they fail", async () => {
    const { seen, result } = await run({ beforeTool: () => Promise.reject(new Error("gone")) });
    expect(seen).toEqual([]);
    expect(result).toMatchObject({ output: "Not allowed: gone", outcome: "denied", isError: true });
  });

  it("may change its arguments, which are checked again", async () => {
    expect((await run({ beforeTool: async () => ({ allow: true, input: { n: 2 } }) })).seen).toEqual([
      { n: 2 },
    ]);
    const { seen, result } = await run({ beforeTool: async () => ({ allow: true, input: { n: 13 } }) });
    expect(seen).toEqual([]);
    expect(result).toMatchObject({ output: expect.stringContaining("n: unlucky"), outcome: "error" });
  });

  it("cannot change them behind the check: that is a failure", async () => {
    const { seen, result } = await run({
      beforeTool: async (request) => {
        (request.input as { n: number }).n = 13;
        return { allow: true, input: request.input };
      },
    });
    expect(seen).toEqual([]);
    expect(result).toMatchObject({ outcome: "denied" });
  });

  it("may replace the result; when they fail, or give garbage, it stays", async () => {
    const replaced = await run({ afterTool: async () => ({ output: "other", isError: true }) });
    expect(replaced.result).toMatchObject({ output: "other", isError: true, outcome: "error" });
    const failing = await run({ afterTool: () => Promise.reject(new Error("oops")) });
    expect(failing.result).toMatchObject({ output: "done", isError: false, outcome: "ok" });
    expect(failing.rig.warnings).toHaveLength(1);
    const garbage = await run({ afterTool: async () => undefined as unknown as ToolOutput });
    expect(garbage.result).toMatchObject({ output: "done" });
  });
});

describe("the same call again and again (K6)", () => {
  it("stops the turn at the third, which is not run; all calls of the step are answered", async () => {
    const runs: unknown[] = [];
    const tool = toolOf("tool", (input) => void runs.push(input) ?? "x");
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
