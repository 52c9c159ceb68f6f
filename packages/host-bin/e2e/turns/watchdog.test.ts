/** The watchdog over a real server: a tool that hangs is said to stall, its next word ends that, a second threshold ends the turn. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { calls, reply, text } from "@dispatch/provider-openai/testing";
import type { DispatchEvent } from "@dispatch/wire";
import { afterEach, expect, it } from "vitest";
import { ndjson } from "../support/api.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
afterEach(() => stage.end());

const setWith = (settings: Record<string, unknown>) =>
  setStage({ config: { extensions: { watchdog: { settings } } } });
const command = (script: string) =>
  reply(calls({ name: "run_command", args: { argv: ["sh", "-c", script], timeoutMs: 20_000 } }));
/** The turn's events, up to its end; `onEach` is called as they come. */
async function turn(
  onEach: (event: DispatchEvent) => Promise<void> | void = () => undefined,
): Promise<DispatchEvent[]> {
  const body = { message: "go", conversationId: "c", cwd: stage.cwd };
  const seen: DispatchEvent[] = [];
  for await (const { event } of ndjson(await stage.api.request("POST", "/chat", body))) {
    await onEach(event);
    seen.push(event);
  }
  return seen;
}
const news = (events: readonly DispatchEvent[]) =>
  events.filter(({ type }) => /stalled|resumed|^done$|tool-result/.test(type));

it("says so once, then after twice the time, and ends the turn at the second threshold", async () => {
  stage = await setWith({ stallMs: 200, abortMs: 1_000 });
  stage.provider.script(command("sleep 30"));
  const seen = news(await turn());
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
  // It stalls until that was said, and ends when it was said that it goes on.
  const until = (said: string) => `while [ ! -e ${said} ]; do sleep 0.05; done`;
  stage.provider.script(command(`${until("turn-stalled")}; echo back; ${until("turn-resumed")}`));
  stage.provider.script(reply(text("done")));
  const events = await turn(async ({ type }) => {
    if (/^turn-(stalled|resumed)$/.test(type)) await writeFile(join(stage.cwd, type), "");
  });
  const types = news(events).map(({ type }) => type);
  expect(types[0]).toBe("turn-stalled");
  expect(types).toContain("turn-resumed");
  expect(types.at(-1)).toBe("done");
});

it("does not take waiting for a stall", async () => {
  stage = await setStage({
    args: ["--approvals", "ask"],
    config: { extensions: { watchdog: { settings: { stallMs: 200 } } } },
  });
  stage.provider.script(reply(calls({ name: "write_file", args: { path: "a", content: "x" } })));
  stage.provider.script(reply(text("done")));
  const events = await turn(async (event) => {
    if (event.type !== "approval-requested") return;
    // Many times as long as a stall takes.
    await new Promise((go) => setTimeout(go, 1_500));
    expect(await stage.api.json("GET", "/conversations/c/status")).toMatchObject({
      waiting: "approval",
      lastProgressAt: expect.any(Number),
    });
    await stage.api.request("POST", `/approvals/${event.approvalId}`, { decision: "allow" });
  });
  // A busy machine may stall before it and behind it.
  const types = events.map(({ type }) => type);
  const asked = types.slice(types.indexOf("approval-requested"), types.indexOf("approval-resolved"));
  expect(asked).not.toContain("turn-stalled");
});
