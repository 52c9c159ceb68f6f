import { PassThrough } from "node:stream";
import type { Client, StreamItem } from "@dispatch/client";
import { describe, expect, it } from "vitest";
import type { Terminal } from "../terminal.ts";
import { truthful } from "../transcript/printable.ts";
import { createApprovalPrompts } from "./approvals.ts";
import { createTypeAhead } from "./type-ahead.ts";

function stage(isTTY: boolean) {
  const stdin = Object.assign(new PassThrough(), { isTTY });
  const stderr = Object.assign(new PassThrough(), { isTTY });
  const answers: string[] = [];
  const notes: string[] = [];
  const failures: Error[] = [];
  const client = {
    async answerApproval(id: string, decision: string) {
      const failure = failures.shift();
      if (failure) throw failure;
      answers.push(`${id} ${decision}`);
    },
  };
  const typeAhead = createTypeAhead(stdin);
  const prompts = createApprovalPrompts({
    note: (line) => notes.push(line),
    keyboard: {
      terminal: { stdin, stderr } as unknown as Terminal,
      client: client as unknown as Client,
      interrupted: () => answers.push("interrupted"),
      failed: (error) => answers.push(String(error)),
      typeAhead,
    },
  });
  return { stdin, prompts, answers, notes, failures, typeAhead };
}

const at = { seq: 1, ts: 1, conversationId: "c", turnId: "t" };
const request = { name: "run_command", input: { argv: ["ls"] }, cwd: "/w", kind: "execute" } as const;
const asked = (approvalId: string): StreamItem => ({
  cursor: "x",
  event: { ...at, type: "approval-requested", approvalId, callId: approvalId, hash: "h", request },
});
const settled = (approvalId: string): StreamItem => ({
  cursor: "x",
  event: { ...at, type: "approval-resolved", approvalId, callId: approvalId, decision: "allow" },
});
const tick = () => new Promise((resolve) => setImmediate(resolve));

describe("at a keyboard", () => {
  it.each([
    ["y\n", "a allow"],
    ["YES\n", "a allow"],
    ["\n", "a deny"],
    ["yikes\n", "a deny"],
  ])("asks and takes %j as %s: only a clear yes allows", async (typed, answer) => {
    const { stdin, prompts, answers, notes } = stage(true);
    prompts.apply(asked("a"));
    expect(notes).toEqual(['· run_command {"argv":["ls"]} in "/w"']);
    stdin.write(typed);
    await tick();
    expect(answers).toEqual([answer]);
    prompts.stop();
  });

  it("after a cut asks what is still open, once, and nothing that was answered meanwhile", async () => {
    const { stdin, prompts, answers, notes } = stage(true);
    const snapshot = (...ids: string[]) =>
      ({
        cursor: "x",
        snapshot: { approvals: ids.map((approvalId) => ({ approvalId, request })) },
      }) as unknown as StreamItem;
    for (const id of ["a", "b", "c"]) prompts.apply(asked(id));
    prompts.apply(snapshot("a", "b", "c"));
    prompts.apply(snapshot("b"));
    expect(notes.slice(1)).toEqual(["· answered meanwhile", '· run_command {"argv":["ls"]} in "/w"']);
    stdin.write("y\n");
    await tick();
    expect(answers).toEqual(["b allow"]);
    prompts.apply(settled("b"));
    expect(notes.slice(3)).toEqual(["· allowed"]);
    prompts.stop();
  });

  it("what was typed before the question is no answer to it, and the answer is no line of what is typed ahead", async () => {
    const { stdin, prompts, answers, typeAhead } = stage(true);
    typeAhead.listen();
    stdin.write("y\n");
    await tick();
    prompts.apply(asked("a"));
    await tick();
    expect(answers).toEqual([]);
    stdin.write("no\n");
    await tick();
    expect(answers).toEqual(["a deny"]);
    stdin.write("later\n");
    await tick();
    prompts.stop();
    typeAhead.release();
    expect(typeAhead.take()).toEqual({ lines: ["y", "later"], rest: "" });
  });

  it("asks again when the answer did not arrive, and not when the question is gone", async () => {
    const { stdin, prompts, answers, notes, failures } = stage(true);
    failures.push(new Error("unreachable"), new Error("answered"));
    prompts.apply(asked("a"));
    prompts.apply(asked("b"));
    stdin.write("y\n");
    await tick();
    expect([answers, notes]).toEqual([["Error: unreachable"], Array(2).fill(notes[0])]);
    stdin.write("y\n");
    prompts.apply(settled("a"));
    await tick();
    expect([answers.length, notes.slice(2)]).toEqual([2, ["· allowed", notes[0]]]);
    stdin.write("y\n");
    await tick();
    expect(answers.slice(2)).toEqual(["b allow"]);
    prompts.stop();
  });

  it("asks one at a time, and takes back what somebody else has answered", async () => {
    const { stdin, prompts, answers, notes } = stage(true);
    prompts.apply(asked("a"));
    prompts.apply(asked("b"));
    expect(notes).toHaveLength(1);
    prompts.apply(settled("a"));
    expect(notes.slice(1)).toEqual(["· allowed", '· run_command {"argv":["ls"]} in "/w"']);
    stdin.write("y\n");
    await tick();
    expect(answers).toEqual(["b allow"]);
    prompts.stop();
  });
});

it("without a keyboard it names the command that answers, and answers nothing itself", async () => {
  const { stdin, prompts, answers, notes } = stage(false);
  prompts.apply(asked("a1"));
  stdin.write("y\n");
  await tick();
  expect(notes.join("\n")).toContain("dispatch approve a1");
  expect(answers).toEqual([]);
});

it("where the keyboard has come to its end, it names the command too", async () => {
  const { stdin, prompts, notes } = stage(true);
  stdin.resume().end();
  await tick();
  prompts.apply(asked("a1"));
  expect(notes.join("\n")).toContain("dispatch approve a1");
});

it("hides nothing of what is decided on", () => {
  const argv = ["rm", "a\u202eb\u200b\u0007\u00a0\u2028", "x".repeat(1_000)];
  const shown = truthful({ argv });
  expect(shown).toContain("a\\u{202e}b\\u{200b}\\u0007\\u{a0}\\u{2028}");
  expect(shown).toContain("x".repeat(1_000));
  expect(truthful("häß 😀")).toBe('"häß 😀"');
});
