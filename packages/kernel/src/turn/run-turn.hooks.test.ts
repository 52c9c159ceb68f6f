import { describe, expect, it } from "vitest";
import type { ToolOutput } from "../contracts/tool.ts";
import type { TurnInput } from "../contracts/turn.ts";
import { calling, toolOf } from "./fixtures/turn-rig.ts";

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
