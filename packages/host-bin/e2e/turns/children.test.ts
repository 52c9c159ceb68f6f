/** Children: spawned by a model, waited for over crashes, ended with their parents, seen by every client. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { calls, reply, silence, text } from "@dispatch/provider-openai/testing";
import type { ConversationRow, Message } from "@dispatch/wire";
import { afterEach, expect, it } from "vitest";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
afterEach(async () => {
  await stage.end();
  expect(stage.provider.violations()).toEqual([]);
});

type Script = Parameters<Stage["provider"]["script"]>;
type Request = Parameters<NonNullable<NonNullable<Script[1]>["when"]>>[0];
/** Whether a request's first user message is this. */
const asks =
  (prompt: string) =>
  ({ body }: Request): boolean =>
    body.messages.find(({ role }) => role === "user")?.content === prompt;
const script = (prompt: string, ...replies: Script[0][]) => {
  for (const each of replies) stage.provider.script(each, { when: asks(prompt) });
};
const spawn = (...prompts: string[]) =>
  reply(calls(...prompts.map((prompt) => ({ name: "spawn", args: { prompt } }))));
const begin = (conversationId: string, more: Record<string, unknown> = {}) =>
  stage.api.request(
    "POST",
    "/chat",
    { message: conversationId, conversationId, cwd: stage.cwd, ...more },
    { prefer: "respond-async" },
  );
const childrenOf = async (id: string) =>
  (await stage.api.json<{ items: ConversationRow[] }>("GET", `/conversations/${id}/children`)).items;
const results = (messages: readonly Message[]) =>
  messages.flatMap(({ chunks }) => chunks.flatMap((chunk) => (chunk.type === "tool-result" ? [chunk] : [])));
const last = (id: string) => stage.api.json("GET", `/conversations/${id}/last`);
const asked = (prompt: string) => stage.provider.requests.filter(asks(prompt)).length;

it("gives each child's last text back, with the parent's settings in it", async () => {
  stage = await setStage();
  const more = join(stage.dataDir, "..", "more");
  await mkdir(more);
  script("parent", spawn("first", "second"), reply(text("both done")));
  script("first", reply(text("looking"), calls({ name: "list_files", args: {} })), reply(text("one")));
  script("second", reply(text("two")));
  await stage.api.chat({
    message: "parent",
    conversationId: "parent",
    cwd: stage.cwd,
    effort: "low",
    maxSteps: 7,
    dirs: [more],
  });
  expect(results(await stage.api.messages("parent")).map(({ output, outcome }) => [output, outcome])).toEqual(
    [
      ["one", "ok"],
      ["two", "ok"],
    ],
  );
  const children = await childrenOf("parent");
  expect(children.map(({ parentId, cwd, status }) => [parentId, cwd, status])).toEqual([
    ["parent", stage.cwd, "idle"],
    ["parent", stage.cwd, "idle"],
  ]);
  expect(await stage.api.json("GET", `/conversations/${children[0]?.id}`)).toMatchObject({
    settings: {
      approvals: { value: "full", source: "conversation" },
      effort: { value: "low" },
      maxSteps: { value: 7 },
      dirs: { value: [more] },
    },
  });
  const page = await stage.api.json<{ items: unknown[]; nextCursor: string }>(
    "GET",
    "/conversations/parent/children?limit=1",
  );
  expect([page.items.length, typeof page.nextCursor]).toEqual([1, "string"]);
  expect((await stage.api.request("GET", "/conversations/none/children")).status).toBe(404);
});

it("a spend limit holds for children too", async () => {
  const prices = { "openai/strict-1": { input: 1, output: 1 } };
  stage = await setStage({ config: { extensions: { "session-orchestrator": { settings: { prices } } } } });
  script("parent", spawn("child"), reply(text("done")));
  script("child", reply(text("ok")));
  await stage.api.chat({ message: "parent", conversationId: "parent", cwd: stage.cwd, maxCostUsd: 3 });
  const [child] = await childrenOf("parent");
  expect(await stage.api.json("GET", `/conversations/${child?.id}`)).toMatchObject({
    settings: { maxCostUsd: { value: 3, source: "conversation" } },
  });
});

it("tells failures and refusals as results: an error, a foreign folder, too deep, too many", async () => {
  stage = await setStage({
    config: { extensions: { "tools-spawn": { settings: { maxDepth: 1, maxRunning: 1 } } } },
  });
  await mkdir(join(stage.cwd, "sub"));
  script(
    "parent",
    reply(
      calls(
        { name: "spawn", args: { prompt: "fails" } },
        { name: "spawn", args: { prompt: "one too many" } },
      ),
    ),
    reply(calls({ name: "spawn", args: { prompt: "outside", cwd: ".." } })),
    reply(calls({ name: "spawn", args: { prompt: "deeper", cwd: "sub" } })),
    reply(text("done")),
  );
  script("fails", { status: 400, body: { error: { message: "No.", type: "x", param: null, code: null } } });
  script("deeper", spawn("deepest"), reply(text("went no further")));
  await stage.api.chat({ message: "parent", conversationId: "parent", cwd: stage.cwd });
  const outputs = results(await stage.api.messages("parent")).map(({ output }) => output);
  expect(outputs[0]).toMatch(/^The child conversation \S+ ended: error\. .*No\./);
  expect(outputs.slice(1)).toEqual([
    expect.stringContaining("Not spawned: 1 children run already"),
    "Not spawned: .. is not a folder inside the working folder.",
    "went no further",
  ]);
  const [deeper] = (await childrenOf("parent")).filter(({ title }) => title === "deeper");
  expect(deeper?.cwd).toBe(join(stage.cwd, "sub"));
  expect(results(await stage.api.messages(deeper?.id ?? ""))[0]?.output).toBe(
    "Not spawned: this conversation is 1 levels deep, and 1 is the most. Do it here.",
  );
});

it("an abort reaches descendants; closing and deleting a parent closes its children", async () => {
  stage = await setStage();
  script("parent", spawn("child"));
  script("child", spawn("grandchild"));
  script("grandchild", reply(text("hm "), silence()));
  await begin("parent");
  await stage.provider.until(({ sent }) => sent.some((each) => each.text === "hm "));
  const [child] = await childrenOf("parent");
  const [grandchild] = await childrenOf(child?.id ?? "");
  expect(await stage.api.json("GET", "/conversations/parent/status")).toMatchObject({ waiting: "child" });
  expect(await stage.api.json("POST", "/conversations/parent/stop", {})).toMatchObject({ aborted: true });
  expect(await last(child?.id ?? "")).toMatchObject({ reason: "aborted" });
  expect(await last(grandchild?.id ?? "")).toMatchObject({ reason: "aborted" });
  expect(results(await stage.api.messages("parent"))).toMatchObject([{ outcome: "aborted" }]);
  const closed = async () => {
    const rows = [...(await childrenOf(child?.id ?? "")), ...(await childrenOf("parent"))];
    return rows.every(({ status }) => status === "closed");
  };
  await stage.api.json("POST", "/conversations/parent/close", {});
  await expect.poll(closed).toBe(true);
});

it("an approval asked for in a child is there for everybody, and the parent waits for the child", async () => {
  stage = await setStage({ args: ["--approvals", "ask"] });
  script("parent", spawn("child"), reply(text("parent done")));
  script(
    "child",
    reply(calls({ name: "write_file", args: { path: "a", content: "x" } })),
    reply(text("wrote")),
  );
  await begin("parent");
  let waiting: { approvalId: string; conversationId: string }[] = [];
  while (waiting.length === 0)
    waiting = (await stage.api.json<{ items: typeof waiting }>("GET", "/approvals")).items;
  const [child] = await childrenOf("parent");
  expect(waiting[0]?.conversationId).toBe(child?.id);
  const waits = async (id: string) =>
    (await stage.api.json<{ waiting?: string }>("GET", `/conversations/${id}/status`)).waiting;
  expect([await waits("parent"), await waits(child?.id ?? "")]).toEqual(["child", "approval"]);
  await stage.api.request("POST", `/approvals/${waiting[0]?.approvalId}`, { decision: "allow" });
  expect(await last("parent")).toMatchObject({ reason: "completed", text: "parent done" });
});

// Cut turns are looked at in the order of their ids, and a child's begins with a hexadecimal digit.
it.each([
  ["while the child runs", false, "parent"],
  ["after the child has ended, before its parent knows", true, "parent"],
  ["while the child runs, its parent first", false, "0"],
  ["after the child has ended, its parent first", true, "0"],
])("kill -9 %s: one child, its result once", async (_, childEnds, parent) => {
  stage = await setStage({
    config: {
      // One turn at once: a parent that waits must not keep its child from running.
      extensions: {
        "session-orchestrator": { settings: { crashPauseMs: 0, maxRunningTurns: 1, resumesAtOnce: 1 } },
      },
    },
  });
  // The second is for a parent that knew in the life in which the child ended: its answer is cut then.
  script("parent", spawn("child"), reply(text("parent done")), reply(text("parent done")));
  script("child", reply(text("hm "), silence()));
  await begin("parent", { conversationId: parent });
  await stage.provider.until(({ sent }) => sent.some((each) => each.text === "hm "));
  await stage.server.kill();
  if (childEnds) {
    // A life more, in which only the child gets further; its answer may be cut once more.
    script("child", reply(text("child done")), reply(text("child done")));
    await stage.restart();
    await stage.provider.until(({ sent }) => sent.some((each) => each.text === "child done"));
    await stage.server.kill();
    await stage.restart();
  } else {
    script("child", reply(text("child done")));
    await stage.restart();
  }
  expect(await last(parent)).toMatchObject({ reason: "completed", text: "parent done" });
  const children = await childrenOf(parent);
  expect(children).toHaveLength(1);
  expect(results(await stage.api.messages(parent)).map(({ output, outcome }) => [output, outcome])).toEqual([
    ["child done", "ok"],
  ]);
  expect(asked("parent")).toBeLessThanOrEqual(3);
});

it("a stop of the server lets the child end, and the next start gives its result to the parent", async () => {
  stage = await setStage();
  script("parent", spawn("child"), reply(text("parent done")));
  script("child", reply(text("word ".repeat(40), { chunks: 40, everyMs: 20 })));
  await begin("parent");
  await stage.provider.until(({ sent }) => (sent[1]?.text.length ?? 0) > 10);
  expect(await stage.server.stop()).toBe(0);
  await stage.restart();
  expect(await last("parent")).toMatchObject({ reason: "completed", text: "parent done" });
  expect(results(await stage.api.messages("parent")).map(({ output }) => output)).toEqual([
    "word ".repeat(40),
  ]);
  expect(asked("child")).toBe(1);
});
