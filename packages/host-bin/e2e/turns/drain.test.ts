/** A stop that lets turns end: who runs is waited for, who only waits is left to be resumed, nobody new comes in. */
import { heldUntil, rateLimited, reply, silence, text } from "@dispatch/provider-openai/testing";
import { afterEach, expect, it } from "vitest";
import { ndjson } from "../support/api.ts";
import { runDispatch } from "../support/cli.ts";
import { createGate } from "../support/gate.ts";
import { startServer } from "../support/server.ts";
import { openSocket } from "../support/socket.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
afterEach(() => stage.end());

const config = (settings: Record<string, unknown>) => ({
  config: { extensions: { "session-orchestrator": { settings } } },
});
const begin = (conversationId: string) =>
  stage.api.request(
    "POST",
    "/chat",
    { message: "go", conversationId, cwd: stage.cwd },
    { prefer: "respond-async" },
  );
const row = (id: string) =>
  stage.api.json<{ lastTurn?: { reason: string }; runningTurnId?: string }>("GET", `/conversations/${id}`);
const exited = () => new Promise<number | null>((resolve) => stage.server.child.once("exit", resolve));

it("waits for a running turn, whose viewers see its end; refuses what is new; exits with 0", async () => {
  stage = await setStage();
  const end = createGate();
  stage.provider.script(reply(text("word ".repeat(50)), heldUntil(end.opened), text("and the end")));
  const device = await openSocket(stage.server);
  const stream = await stage.api.request("POST", "/chat", {
    message: "go",
    conversationId: "c",
    cwd: stage.cwd,
  });
  await device.ask({ type: "chat.subscribe", conversationId: "c" });
  await stage.provider.until(({ sent }) => (sent[0]?.text.length ?? 0) > 20);
  const stop = stage.server.stop();
  let health = await stage.api.request("GET", "/health");
  while (health.status === 200) health = await stage.api.request("GET", "/health");
  expect(health.status).toBe(503);
  expect(await health.json()).toMatchObject({ code: "shutting-down", turns: 1, leftMs: expect.any(Number) });
  const refused = await begin("d");
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).toBe("2");
  expect(await refused.json()).toMatchObject({ code: "shutting-down" });
  expect(await device.ask({ type: "chat.send", message: "go", conversationId: "d" })).toMatchObject({
    type: "error",
    error: { code: "shutting-down" },
  });
  // Reading goes on.
  expect(await row("c")).toMatchObject({ status: "active" });
  // A second server is refused meanwhile.
  await expect(startServer({ dataDir: stage.dataDir })).rejects.toThrow(/process \d+ .* uses /);
  await expect.poll(stage.server.errors).toMatch(/waiting for 1 turn, \d+ s left/);
  end.open();
  const lines: string[] = [];
  for await (const line of ndjson(stream)) lines.push(line.event.type);
  expect(lines.at(-1)).toBe("turn-sealed");
  await device.sealed("c");
  expect(await device.ended).toBe(1001);
  expect(await stop).toBe(0);
  await stage.restart();
  expect(await row("c")).toMatchObject({ status: "idle", lastTurn: { reason: "completed" } });
  expect((await stage.api.request("GET", "/conversations/d")).status).toBe(404);
});

it.each([
  ["resume", "completed"],
  ["mark", "interrupted"],
])("what does not end in time is left as `recovery: %s` says", async (recovery, reason) => {
  stage = await setStage(config({ drainMs: 300, recovery }));
  stage.provider.script(reply(text("hm "), silence()));
  await begin("c");
  await stage.provider.until(({ sent }) => sent[0]?.text === "hm ");
  expect(await stage.server.stop()).toBe(0);
  stage.provider.script(reply(text("done")));
  await stage.restart();
  expect(await stage.api.json("GET", "/conversations/c/last")).toMatchObject({ reason });
});

it("waits also when nobody reads its output any more, as after Ctrl-C in `serve | tee log`", async () => {
  stage = await setStage();
  stage.provider.script(reply(text("word ".repeat(40), { chunks: 40, everyMs: 40 })));
  await begin("c");
  await stage.provider.until(({ sent }) => (sent[0]?.text.length ?? 0) > 20);
  stage.server.child.stdout?.destroy();
  stage.server.child.stderr?.destroy();
  expect(await stage.server.stop()).toBe(0);
  await stage.restart();
  expect(await row("c")).toMatchObject({ status: "idle", lastTurn: { reason: "completed" } });
});

it("a second signal ends it at once, and the turn goes on after the next start", async () => {
  stage = await setStage();
  stage.provider.script(reply(text("hm "), silence()));
  await begin("c");
  await stage.provider.until(({ sent }) => sent[0]?.text === "hm ");
  const code = exited();
  stage.server.child.kill("SIGTERM");
  while ((await stage.api.request("GET", "/health")).status === 200);
  stage.server.child.kill("SIGTERM");
  expect(await code).toBe(130);
  stage.provider.script(reply(text("done")));
  await stage.restart();
  expect(await stage.api.json("GET", "/conversations/c/last")).toMatchObject({ reason: "completed" });
});

it("a turn that sleeps before a retry, or waits for a person, holds nothing up", async () => {
  stage = await setStage({ args: ["--approvals", "ask"] });
  stage.provider.script(rateLimited(300));
  await begin("retry");
  await stage.provider.until(({ requests }) => requests.length === 1);
  stage.provider.script(
    reply({ toolCalls: [{ name: "write_file", args: { path: "a.txt", content: "x" } }] }),
  );
  await begin("ask");
  while ((await stage.api.json<{ items: unknown[] }>("GET", "/approvals")).items.length === 0);
  // The default wait is a minute: the time limit of this test is shorter.
  expect(await stage.server.stop()).toBe(0);
  await stage.restart();
  expect((await row("ask")).runningTurnId).toBeDefined();
  expect((await row("retry")).runningTurnId).toBeDefined();
});

it("`down` tells what it waits for, `down --now` does not wait; both leave nothing behind", async () => {
  stage = await setStage();
  const options = { home: stage.cwd, dataDir: stage.dataDir };
  const end = createGate();
  stage.provider.script(reply(text("word ".repeat(50)), heldUntil(end.opened), text("and the end")));
  await begin("c");
  await stage.provider.until(({ sent }) => (sent[0]?.text.length ?? 0) > 20);
  const hears = (err: string) => /waiting for 1 turn/.test(err) && end.open();
  const down = await runDispatch(["down"], { ...options, hears });
  expect(down).toMatchObject({ code: 0, out: expect.stringMatching(/^stopped /) });
  expect(down.err).toMatch(/waiting for 1 turn, \d+ s left/);
  await stage.restart();
  expect(await row("c")).toMatchObject({ lastTurn: { reason: "completed" } });
  stage.provider.script(reply(text("hm "), silence()));
  await begin("c");
  await stage.provider.until(({ sent }) => sent[1]?.text === "hm ");
  const first = runDispatch(["down"], options);
  while ((await stage.api.request("GET", "/health")).status === 200);
  // A second `down` waits with the first; `--now` ends the wait of both.
  const second = runDispatch(["down"], options);
  const now = await runDispatch(["down", "--now"], options);
  expect([now.code, (await first).code, (await second).code]).toEqual([0, 0, 0]);
  stage.provider.script(reply(text("done")));
  await stage.restart();
  expect(await stage.api.json("GET", "/conversations/c/last")).toMatchObject({ reason: "completed" });
});

it("a command that runs is cut as by a crash: its end is no result, and nobody is asked what to do next", async () => {
  stage = await setStage(config({ drainMs: 100 }));
  stage.provider.script(reply({ toolCalls: [{ name: "run_command", args: { argv: ["sleep", "30"] } }] }));
  await begin("c");
  const running = async () => (await stage.api.request("GET", "/conversations/c/export")).text();
  while (!(await running()).includes('"tool-start"'));
  expect(await stage.server.stop()).toBe(0);
  expect(stage.provider.requests).toHaveLength(1);
  stage.provider.script(reply(text("done")));
  await stage.restart();
  expect(await stage.api.json("GET", "/conversations/c/last")).toMatchObject({ text: "done" });
  const results = (await stage.api.messages("c")).filter(({ role }) => role === "tool");
  expect(results).toMatchObject([{ chunks: [{ outcome: "interrupted" }] }]);
  expect(stage.provider.requests).toHaveLength(2);
});

it("`restart --now` ends the wait of a `restart` elsewhere", async () => {
  stage = await setStage();
  const options = { home: stage.cwd, dataDir: stage.dataDir };
  stage.provider.script(reply(text("hm "), silence()));
  await begin("c");
  await stage.provider.until(({ sent }) => sent[0]?.text === "hm ");
  const waits = createGate();
  const hears = (err: string) => /waiting for 1 turn/.test(err) && waits.open();
  const patient = runDispatch(["restart"], { ...options, hears });
  await waits.opened;
  const hurried = runDispatch(["restart", "--now"], options);
  // The default wait is a minute: the time limit of this test is shorter.
  expect(await Promise.all([patient, hurried])).toMatchObject([{ code: 0 }, { code: 0 }]);
  expect((await runDispatch(["down", "--now"], options)).code).toBe(0);
});
