import { describe, expect, it } from "vitest";
import type { ToolOutput } from "../contracts/tool.ts";
import { call, calling, createRig, finish, text, toolOf } from "./fixtures/turn-rig.ts";

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
      cwd: "/project",
      env: { A: "1" },
    });
    await rig.run();
    expect(context).toMatchObject({
      conversationId: "c",
      turnId: "t",
      stepId: "t#0",
      callId: "call0-0",
      cwd: "/project",
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
