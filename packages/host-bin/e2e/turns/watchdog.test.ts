/** The watchdog over a real server: a tool that hangs is said to stall, its next word ends that, a second threshold ends the turn. */
import { calls, reply, text } from "@dispatch/provider-openai/testing";
import type { StreamLine } from "@dispatch/wire";
import { afterEach, expect, it } from "vitest";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
afterEach(() => stage.end());

const setWith = (settings: Record<string, unknown>) =>
  setStage({ config: { extensions: { watchdog: { settings } } } });
const command = (script: string) =>
  reply(calls({ name: "run_command", args: { argv: ["sh", "-c", script], timeoutMs: 20_000 } }));
const news = (lines: readonly StreamLine[]) =>
  lines.map(({ event }) => event).filter(({ type }) => /stalled|resumed|^done$|tool-result/.test(type));

it("says so once, then after twice the time, and ends the turn at the second threshold", async () => {
  stage = await setWith({ stallMs: 200, abortMs: 1_000 });
  stage.provider.script(command("sleep 30"));
  const lines = await stage.api.chat({ message: "go", conversationId: "c", cwd: stage.cwd });
  const seen = news(lines);
  // A busy machine may take longer than that to begin: then it is said, and that it goes on.
  const hung = seen.slice(seen.findLastIndex(({ type }) => type === "turn-resumed") + 1);
  const idle = hung.flatMap((event) => (event.type === "turn-stalled" ? [event.idleMs] : []));
  expect(idle.length).toBeGreaterThanOrEqual(1);
  expect(idle.length).toBeLessThanOrEqual(3);
  expect(seen.at(-1)).toMatchObject({
    type: "done",
    reason: "stalled",
    detail: expect.stringMatching(/^The turn made no progress for \d+ (ms|s)\.$/),
  });
  expect(seen).toContainEqual(expect.objectContaining({ type: "tool-result", outcome: "aborted" }));
  expect(await stage.api.json("GET", "/conversations/c")).toMatchObject({
    status: "idle",
    lastTurn: { reason: "stalled" },
  });
});

it("says when it goes on", async () => {
  stage = await setWith({ stallMs: 200 });
  stage.provider.script(command("sleep 0.6; echo back; sleep 0.1"));
  stage.provider.script(reply(text("done")));
  const lines = await stage.api.chat({ message: "go", conversationId: "c", cwd: stage.cwd });
  const types = news(lines).map(({ type }) => type);
  expect(types[0]).toBe("turn-stalled");
  expect(types).toContain("turn-resumed");
  expect(types.indexOf("turn-resumed")).toBeGreaterThan(types.lastIndexOf("turn-stalled"));
  expect(types.at(-1)).toBe("done");
});

it("does not take waiting for a stall", async () => {
  stage = await setStage({
    args: ["--approvals", "ask"],
    config: { extensions: { watchdog: { settings: { stallMs: 1_500, abortMs: 2_000 } } } },
  });
  stage.provider.script(reply(calls({ name: "write_file", args: { path: "a", content: "x" } })));
  stage.provider.script(reply(text("done")));
  const turn = stage.api.chat({ message: "go", conversationId: "c", cwd: stage.cwd });
  let waiting: { approvalId: string }[] = [];
  while (waiting.length === 0)
    waiting = (await stage.api.json<{ items: { approvalId: string }[] }>("GET", "/approvals")).items;
  await new Promise((go) => setTimeout(go, 2_500));
  expect(await stage.api.json("GET", "/conversations/c/status")).toMatchObject({
    waiting: "approval",
    lastProgressAt: expect.any(Number),
  });
  await stage.api.request("POST", `/approvals/${waiting[0]?.approvalId}`, { decision: "allow" });
  expect(news(await turn).filter(({ type }) => type === "turn-stalled")).toEqual([]);
});
