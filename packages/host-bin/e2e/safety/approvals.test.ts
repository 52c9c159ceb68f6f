/** Approvals from outside: a call waits, any client answers, the wait is durable, and an answer holds for what was shown. */
import { calls, reply, text } from "@dispatch/provider-openai/testing";
import type { Approval, ConversationRow, DispatchEvent, Snapshot } from "@dispatch/wire";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { apiOf, assistantText, sse } from "../support/api.ts";
import { startServer } from "../support/server.ts";
import { openSocket } from "../support/socket.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  const rules = [
    { tool: "run_command", argv: ["echo", "free", "**"], action: "allow" },
    { tool: "run_command", argv: ["rm", "**"], action: "deny" },
  ];
  stage = await setStage({ args: [], config: { extensions: { approvals: { settings: { rules } } } } });
});
afterAll(() => stage.end());

let id = "";
let count = 0;
beforeEach(() => {
  id = `ask${count++}`;
});

const run = (...argv: string[]) => ({ name: "run_command", args: { argv } });
const begin = (body: Record<string, unknown> = {}) =>
  stage.api.request(
    "POST",
    "/chat",
    { message: "go", conversationId: id, cwd: stage.cwd, ...body },
    { prefer: "respond-async" },
  );

const waiting = (): Promise<Approval> =>
  vi.waitFor(
    async () => {
      const { items } = await stage.api.json<{ items: Approval[] }>("GET", "/approvals");
      const found = items.find(({ conversationId }) => conversationId === id);
      if (!found) throw new Error("nothing waits");
      return found;
    },
    { timeout: 30_000, interval: 20 },
  );

const answer = (approvalId: string, decision: string) =>
  stage.api.request("POST", `/approvals/${approvalId}`, { decision });
const ended = () => stage.api.json("GET", `/conversations/${id}/last`);
/** Of the row in the list: whom it waits for. */
const listed = async () =>
  (await stage.api.json<{ items: ConversationRow[] }>("GET", `/conversations?q=${id}`)).items[0]?.waiting;
const results = async () =>
  (await stage.api.messages(id))
    .flatMap(({ chunks }) => chunks)
    .filter((chunk) => chunk.type === "tool-result");

it("waits for a command, shows it on every client, and runs it once one of them allows it", async () => {
  stage.provider.script(reply(calls(run("echo", "hello"), { name: "list_files", args: {} })));
  stage.provider.script(reply(text("done")));
  await begin();
  const approval = await waiting();
  expect(approval.request).toMatchObject({
    name: "run_command",
    input: { argv: ["echo", "hello"] },
    kind: "execute",
    cwd: stage.cwd,
  });
  // The other call runs meanwhile; then nothing but the answer can move the turn.
  await expect
    .poll(() => stage.api.json("GET", `/conversations/${id}/status`))
    .toMatchObject({ waiting: "approval" });
  const leave = new AbortController();
  const second = await stage.api.request("GET", `/conversations/${id}/events`, undefined, {}, leave.signal);
  const seen: string[] = [];
  for await (const { event, data } of sse(second)) {
    seen.push(event);
    if (event === "snapshot") {
      expect((data as Snapshot).approvals).toEqual([approval]);
      expect((data as Snapshot).running).toMatchObject({ waiting: "approval" });
      expect((await answer(approval.approvalId, "allow")).status).toBe(204);
    }
    if (event === "turn-sealed") break;
  }
  leave.abort();
  // What it wrote is seen live only when it is read before its end.
  const records = seen.filter((type) => type !== "tool-output");
  expect(records.slice(1, 4)).toEqual(["approval-resolved", "tool-start", "tool-result"]);
  expect(await results()).toMatchObject([
    { outcome: "ok", output: expect.stringContaining("hello") },
    { outcome: "ok" },
  ]);
  expect((await answer(approval.approvalId, "deny")).status).toBe(404);
});

it("is seen in the list by whoever follows it, from the question to the answer", async () => {
  stage.provider.script(reply(calls(run("echo", "one"))));
  stage.provider.script(reply(text("x")));
  const device = await openSocket(stage.server);
  await device.ask({ type: "conversations.subscribe" });
  const told = (what: string | undefined) =>
    device.until(({ type, reason, conversation }) => {
      const row = conversation as ConversationRow | undefined;
      return (
        type === "conversation.changed" && reason === "waiting" && row?.id === id && row.waiting === what
      );
    });
  await begin();
  await told("approval");
  expect(await listed()).toBe("approval");
  expect(await stage.api.json("GET", `/conversations/${id}`)).toMatchObject({ waiting: "approval" });
  await answer((await waiting()).approvalId, "deny");
  await told(undefined);
  expect(await listed()).toBeUndefined();
  await ended();
  device.ws.close();
});

it("gives a denial to the model as a result, and the turn goes on", async () => {
  stage.provider.script(reply(calls(run("echo", "no"))));
  stage.provider.script(reply(text("as you wish")));
  await begin();
  expect((await answer((await waiting()).approvalId, "deny")).status).toBe(204);
  expect(await ended()).toMatchObject({ text: "as you wish", reason: "completed" });
  expect(await results()).toMatchObject([
    { outcome: "denied", isError: true, output: expect.stringContaining("denied") },
  ]);
});

it("is answered once, by whoever is first", async () => {
  stage.provider.script(reply(calls(run("echo", "once"))));
  stage.provider.script(reply(text("x")));
  await begin();
  const { approvalId } = await waiting();
  const answers = await Promise.all(
    ["allow", "deny", "allow", "deny"].map((decision) => answer(approvalId, decision)),
  );
  expect(answers.map(({ status }) => status).filter((status) => status === 204)).toHaveLength(1);
  expect(answers.every(({ status }) => [204, 404, 409].includes(status))).toBe(true);
  await ended();
  const response = await stage.api.request("GET", `/conversations/${id}/events?after=0`);
  const records: DispatchEvent[] = [];
  for await (const { data, event } of sse(response)) {
    records.push(data as DispatchEvent);
    if (event === "turn-sealed") break;
  }
  expect(records.filter(({ type }) => type === "approval-resolved")).toHaveLength(1);
});

it("still waits after the server was killed twice within a minute, for the same call, and goes on from there", async () => {
  stage.provider.script(reply(text("let me "), calls(run("echo", "survivor"))));
  stage.provider.script(reply(text("finished")));
  const requests = stage.provider.requests.length;
  await begin();
  const before = await waiting();
  for (let kills = 0; kills < 2; kills += 1) {
    await stage.server.kill();
    await stage.restart();
    expect(await waiting()).toEqual(before);
  }
  expect(await stage.api.json("GET", `/conversations/${id}/status`)).toMatchObject({ status: "active" });
  expect(await listed()).toBe("approval");
  expect((await answer(before.approvalId, "allow")).status).toBe(204);
  expect(await ended()).toMatchObject({ text: "finished", reason: "completed" });
  expect(stage.provider.requests.length).toBe(requests + 2);
  expect(await results()).toMatchObject([{ outcome: "ok", output: expect.stringContaining("survivor") }]);
  expect(assistantText(await stage.api.messages(id))).toBe("let me finished");
  expect(stage.provider.violations()).toEqual([]);
});

it("still waits on a server that has no key for the model: answered there, the call runs and the turn says what is missing", async () => {
  stage.provider.script(reply(calls(run("echo", "patience"))));
  await begin();
  const before = await waiting();
  await stage.server.kill();
  stage.server = await startServer({ dataDir: stage.dataDir });
  stage.api = apiOf(stage.server);
  expect(await waiting()).toEqual(before);
  expect((await answer(before.approvalId, "allow")).status).toBe(204);
  expect(await ended()).toMatchObject({ reason: "error", error: { code: "unknown-model" } });
  expect(await results()).toMatchObject([{ outcome: "ok", output: expect.stringContaining("patience") }]);
  await stage.server.stop();
  await stage.restart();
});

it("goes by rules and modes", async () => {
  stage.provider.script(reply(calls(run("echo", "free", "beer"), run("rm", "-rf", "x"))));
  stage.provider.script(reply(text("x")));
  await begin();
  await ended();
  expect(await results()).toMatchObject([
    { outcome: "ok" },
    { outcome: "denied", output: expect.stringContaining("rule") },
  ]);
  stage.provider.script(reply(calls(run("ls"))));
  stage.provider.script(reply(text("y")));
  await begin({ approvals: "read-only" });
  await ended();
  expect((await results()).at(-1)).toMatchObject({
    outcome: "denied",
    output: expect.stringContaining("read-only"),
  });
  stage.provider.script(reply(calls(run("ls"))));
  stage.provider.script(reply(text("z")));
  await begin({ approvals: "full" });
  await ended();
  expect((await results()).at(-1)).toMatchObject({ outcome: "ok" });
});

it("a stop while it waits ends the turn at once; the question goes with it", async () => {
  stage.provider.script(reply(calls(run("echo", "never"))));
  await begin();
  const { approvalId } = await waiting();
  expect(await listed()).toBe("approval");
  expect(await stage.api.json("POST", `/conversations/${id}/stop`, {})).toMatchObject({ aborted: true });
  expect(await listed()).toBeUndefined();
  expect((await answer(approvalId, "allow")).status).toBe(404);
  expect(await results()).toMatchObject([{ outcome: "aborted" }]);
});

it("shows long and devious arguments exactly as they are", async () => {
  const argv = ["echo", `a‮b​\u0007${"x".repeat(1_000)}`];
  stage.provider.script(reply(calls(run(...argv))));
  stage.provider.script(reply(text("x")));
  await begin();
  const { approvalId, request } = await waiting();
  expect(request.input).toEqual({ argv });
  await answer(approvalId, "deny");
  await ended();
});

it("denies when nobody is there who could ask", async () => {
  const bare = await setStage({ args: [], config: { extensions: { approvals: { enabled: false } } } });
  try {
    bare.provider.script(reply(calls(run("ls"), { name: "list_files", args: {} })));
    bare.provider.script(reply(text("x")));
    await bare.api.chat({ message: "go", conversationId: "bare", cwd: bare.cwd });
    const chunks = (await bare.api.messages("bare")).flatMap((message) => message.chunks);
    expect(chunks.filter(({ type }) => type === "tool-result")).toMatchObject([
      { outcome: "denied" },
      { outcome: "ok" },
    ]);
  } finally {
    await bare.end();
  }
});
