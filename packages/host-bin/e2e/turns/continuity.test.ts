/** Turns that nothing loses: rate limits, stops and kills during their sleeps, kills in mid-text and while a command runs. */
import { readdir, readFile } from "node:fs/promises";
import { calls, rateLimited, reply, silence, text } from "@dispatch/provider-openai/testing";
import {
  applyEvent,
  createView,
  type DispatchEvent,
  type LogRecord,
  type Message,
  type Snapshot,
} from "@dispatch/wire";
import { afterEach, describe, expect, it } from "vitest";
import { assistantText, sse } from "../support/api.ts";
import { openSocket } from "../support/socket.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
afterEach(async () => {
  await stage.end();
  expect(stage.provider.violations()).toEqual([]);
});

const set = () =>
  setStage({ config: { extensions: { "session-orchestrator": { settings: { crashPauseMs: 0 } } } } });
const begin = (conversationId = "c") =>
  stage.api.request(
    "POST",
    "/chat",
    { message: "go", conversationId, cwd: stage.cwd },
    { prefer: "respond-async" },
  );
const last = () => stage.api.json<{ reason: string; text: string }>("GET", "/conversations/c/last");
/** Everything that was stored. */
const records = async (): Promise<LogRecord[]> =>
  (await (await stage.api.request("GET", "/conversations/c/export")).text())
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => JSON.parse(line));
const retries = async () =>
  (await records()).flatMap((each) => (each.type === "provider-retry" ? [each] : []));
const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((go) => setTimeout(go, 20));
};

describe("a provider that answers 429", () => {
  it("twice with Retry-After, then works: one turn, two retries, each wait honoured, nothing doubled", async () => {
    stage = await set();
    for (const each of [rateLimited(1), rateLimited(1), reply(text("at last"))]) stage.provider.script(each);
    await begin();
    expect(await last()).toMatchObject({ reason: "completed", text: "at last" });
    const found = await retries();
    expect(found.map(({ attempt, delayMs, error }) => [attempt, delayMs, error.code])).toEqual([
      [1, 1_000, "rate-limited"],
      [2, 1_000, "rate-limited"],
    ]);
    const { requests } = stage.provider;
    found.forEach(({ retryAt }, index) => {
      expect(requests[index + 1]?.at).toBeGreaterThanOrEqual(retryAt - 5);
    });
    expect((await records()).filter(({ type }) => type === "turn-start")).toHaveLength(1);
    expect(assistantText(await stage.api.messages("c"))).toBe("at last");
  });

  it("is not asked again once content came", async () => {
    stage = await set();
    stage.provider.script(
      reply(text("some words"), { errorEvent: { message: "Slow down.", type: "requests" } }),
    );
    await begin();
    expect(await last()).toMatchObject({ reason: "error" });
    expect(stage.provider.requests).toHaveLength(1);
    expect(await retries()).toEqual([]);
    expect(assistantText(await stage.api.messages("c"))).toBe("some words");
  });

  it("a stop during the sleep seals at once", async () => {
    stage = await set();
    stage.provider.script(rateLimited(600));
    await begin();
    await until(async () => (await retries()).length === 1);
    expect(await stage.api.json("GET", "/conversations/c/status")).toMatchObject({ waiting: "retry" });
    expect(await stage.api.json("POST", "/conversations/c/stop", {})).toMatchObject({
      aborted: true,
      status: "idle",
    });
    expect(await last()).toMatchObject({ reason: "aborted" });
  });

  it("kill -9 during the sleep: what is left of it is slept, then the turn goes on and finishes", async () => {
    stage = await set();
    stage.provider.script(rateLimited(4));
    stage.provider.script(reply(text("at last")));
    await begin();
    await until(async () => (await retries()).length === 1);
    const [retry] = await retries();
    await stage.server.kill();
    await stage.restart();
    expect(await last()).toMatchObject({ reason: "completed", text: "at last" });
    const { requests } = stage.provider;
    expect(requests).toHaveLength(2);
    expect(requests[1]?.at).toBeGreaterThanOrEqual((retry?.retryAt ?? 0) - 5);
    for (const { retryAt } of await retries()) expect(retryAt).toBe(retry?.retryAt);
  });

  it("kill -9 during the sleep, up again when it is over: the retry fires soon after", async () => {
    stage = await set();
    stage.provider.script(rateLimited(1));
    stage.provider.script(reply(text("at last")));
    await begin();
    await until(async () => (await retries()).length === 1);
    const [retry] = await retries();
    await stage.server.kill();
    await until(async () => Date.now() > (retry?.retryAt ?? 0));
    await stage.restart();
    expect(await last()).toMatchObject({ reason: "completed", text: "at last" });
    expect(await retries()).toHaveLength(1);
  });
});

it("kill -9 in mid-text with two viewers: the turn goes on, they see the cut block replaced, and all hold the same", async () => {
  stage = await set();
  const answer = "word ".repeat(60);
  stage.provider.script(reply(text("half of it, never ended "), silence()));
  stage.provider.script(reply(text(answer, { chunks: 60, everyMs: 5 })));
  const device = await openSocket(stage.server);
  await begin();
  await device.ask({ type: "chat.subscribe", conversationId: "c" });
  const follow = async (from: { after?: string; view: ReturnType<typeof createView> }) => {
    const path = `/conversations/c/events${from.after === undefined ? "" : `?after=${from.after}`}`;
    let { view, after } = from;
    const seen: string[] = [];
    try {
      for await (const { id, event, data } of sse(await stage.api.request("GET", path))) {
        seen.push(event);
        if (event === "snapshot") view = createView({ snapshot: data as Snapshot });
        else expect(applyEvent(view, data as DispatchEvent)).toBe("applied");
        after = id;
        if (event === "turn-sealed") break;
      }
    } catch {
      // The server was killed.
    }
    return { view, after: after ?? "", seen };
  };
  const first = follow({ view: createView() });
  await device.until(
    (frame) => frame.type === "chat.delta" || (frame.type === "chat.subscribed" && frame.mode === "snapshot"),
  );
  await until(async () =>
    JSON.stringify([...(device.views.get("c")?.open.values() ?? [])]).includes("half of it"),
  );
  await stage.server.kill();
  const cut = await first;
  await device.ended;
  await stage.restart();
  const again = await openSocket(stage.server, device);
  const resubscribed = again.ask({
    type: "chat.subscribe",
    conversationId: "c",
    after: device.cursors.get("c"),
  });
  const rest = await follow(cut);
  await resubscribed;
  await until(async () => assistantText(again.views.get("c")?.messages ?? []) === answer);
  expect(await last()).toMatchObject({ reason: "completed", text: answer });
  const stored = await stage.api.messages("c");
  // As a run without a crash has it.
  const shape = (messages: readonly Message[]) =>
    messages.map(({ role, status, chunks }) => ({ role, status, chunks }));
  expect(shape(stored)).toEqual([
    { role: "user", status: "complete", chunks: [{ type: "text", text: "go" }] },
    { role: "assistant", status: "complete", chunks: [{ type: "text", text: answer }] },
  ]);
  expect(rest.view.messages).toEqual(stored);
  expect(again.views.get("c")?.messages).toEqual(stored);
  expect((await records()).filter(({ type }) => type === "attempt-superseded")).toHaveLength(1);
  again.ws.close();
});

it("kill -9 while a command sleeps: no such process after the start, its outcome is unknown, the next step runs", async () => {
  stage = await set();
  const mark = `continuity-${process.pid}-${Date.now()}`;
  const marked = async () => {
    const found: string[] = [];
    for (const pid of (await readdir("/proc")).filter(
      (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
    )) {
      const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      if (line.includes(mark)) found.push(line);
    }
    return found.length;
  };
  stage.provider.script(
    reply(calls({ name: "run_command", args: { argv: ["sh", "-c", `sleep 300; : ${mark}`] } })),
  );
  stage.provider.script(reply(text("I see")));
  await begin();
  await until(async () => (await marked()) > 0);
  await stage.server.kill();
  await stage.restart();
  expect(await last()).toMatchObject({ reason: "completed", text: "I see" });
  expect(await marked()).toBe(0);
  const result = (await stage.api.messages("c"))
    .flatMap(({ chunks }) => chunks)
    .find((chunk) => chunk.type === "tool-result");
  expect(result).toMatchObject({ outcome: "interrupted", isError: true });
  expect(result).toHaveProperty("output", expect.stringContaining("its outcome is unknown"));
  const asked = JSON.stringify(stage.provider.requests.at(-1)?.body.messages);
  expect(asked).toContain("its outcome is unknown");
});
