import { describe, expect, it } from "vitest";
import { readAssignments } from "./assignments.ts";

const read = (...words: string[]) => readAssignments(words, "/srv/here");

describe("key=value", () => {
  it.each([
    [["model=openai/gpt-5"], { model: "openai/gpt-5" }],
    [["system=123"], { system: "123" }],
    [["system="], { system: "" }],
    [["system=a=b"], { system: "a=b" }],
    [["maxSteps=20", "compactThreshold=0"], { maxSteps: 20, compactThreshold: 0 }],
    [["maxCostUsd=1.5"], { maxCostUsd: 1.5 }],
    [["effort=null", "model=null"], { effort: null, model: null }],
    [["cwd=../there"], { cwd: "/srv/there" }],
    [['warming={"enabled":false}'], { warming: { enabled: false } }],
    [
      ["warming.enabled=true", "warming.intervalMs=60000"],
      { warming: { enabled: true, intervalMs: 60_000 } },
    ],
    [["approvals=ask"], { approvals: "ask" }],
  ])("%j", (words, patch) => {
    expect(read(...words)).toEqual(patch);
  });

  it.each([
    [["maxSteps"], /"maxSteps" is not key=value/],
    [["=5"], /not key=value/],
    [["env.A=1"], /"env" is not a setting/], // given per turn, kept nowhere
    [["modle=x"], /did you mean "model"/],
    [["toString=x"], /is not a setting; there are model, effort/],
    [["__proto__.x=1"], /is not a setting/],
    [["maxSteps=many"], /maxSteps: /],
    [["maxSteps=0"], /maxSteps: .*1/],
    [["warming.intervalMs=5"], /warming: (enabled|intervalMs)/],
    [["warming.a.b=1"], /one part at a time/],
    [["effort=lo", "timeoutMs=soon"], /effort: [\s\S]*timeoutMs: /],
  ])("%j is refused with exit code 2", (words, sentence) => {
    const refuse = () => read(...words);
    expect(refuse).toThrow(sentence);
    expect(refuse).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});
