import { defineExtension, defineManifest } from "@dispatch/kernel";
import { expectNoLeaks, type ScriptedReply, scriptedProvider, textReply } from "@dispatch/kernel/testing";
import { afterEach, expect, it } from "vitest";
import {
  conversationCompacted,
  conversationDeleted,
  conversationOpened,
  planTurn,
  warmCompleted,
} from "../ports.ts";
import { type SessionStage, startStage } from "../testing/stage.ts";

let stages: SessionStage[] = [];
afterEach(async () => {
  for (const { host } of stages) {
    await host.stop();
    expectNoLeaks(host);
  }
  stages = [];
});
const call = { credential: "t" };

async function open(replies: readonly ScriptedReply[], store?: SessionStage["store"]) {
  const provider = scriptedProvider(replies);
  const seen: string[] = [];
  const manifest = defineManifest({
    id: "listener",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    dependsOn: { "session-orchestrator": "*" },
    listens: {
      events: [warmCompleted.id, conversationCompacted.id, conversationDeleted.id, conversationOpened.id],
      filters: [planTurn.id],
    },
  });
  const listener = defineExtension(manifest, (host) => {
    host.on(warmCompleted, ({ usage }) => void seen.push(`warm ${usage.inputTokens}`));
    host.on(conversationCompacted, () => void seen.push("compacted"));
    host.on(conversationDeleted, () => void seen.push("deleted"));
    host.on(conversationOpened, () => void seen.push("opened"));
    host.filter(planTurn, (draft) => {
      seen.push(`plan ${draft.purpose}`);
      return { ...draft, system: [...draft.system, { id: "l", text: "Same for all." }] };
    });
  });
  const stage = await startStage({ provider, extensions: [listener], ...(store ? { store } : {}) });
  stages.push(stage);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { ...stage, provider, seen, settle };
}

it("turn, warming and compaction send the same prefix, byte for byte", async () => {
  const { sessions, provider, seen, settle } = await open([
    textReply("one"),
    textReply("k"),
    textReply("summary"),
    textReply("two"),
  ]);
  await sessions.handleMessage({ message: "first ".repeat(200), conversationId: "c" }, call);
  const head = (await sessions.status("c")).head;
  expect(await sessions.warm("c")).toMatchObject({ usage: { inputTokens: 10 }, cachePercent: 0 });
  expect((await sessions.status("c")).head).toBe(head);
  await sessions.compact("c", { keepTokens: 100_000 });
  const [turn, warm, compaction] = provider.requests.map(({ model, effort, system, tools, messages }) => ({
    fixed: JSON.stringify({ model, effort, system, tools }),
    messages: JSON.stringify(messages).slice(0, -1),
  }));
  expect(warm?.fixed).toBe(turn?.fixed);
  expect(compaction?.fixed).toBe(turn?.fixed);
  expect(warm?.messages.startsWith(turn?.messages ?? "?")).toBe(true);
  const common = warm?.messages.lastIndexOf(',{"messageId":"warm"') ?? 0;
  expect(compaction?.messages.slice(0, common)).toBe(warm?.messages.slice(0, common));
  expect(provider.requests[1]?.maxOutputTokens).toBe(1);
  await settle();
  expect(seen).toEqual(["plan turn", "plan warm", "warm 10", "plan compact", "compacted"]);
});

it("a compacted context starts at the summary and what is recent; the old text stays readable; it can be undone", async () => {
  const { sessions, provider } = await open([
    ...[1, 2, 3].map((n) => textReply(`answer ${n} ${"word ".repeat(100)}`)),
    textReply("What happened so far."),
    textReply("four"),
  ]);
  for (const n of [1, 2, 3])
    await sessions.handleMessage({ message: `question ${n}`, conversationId: "c" }, call);
  await sessions.compact("c", { keepTokens: 200 });
  const { messages } = await sessions.context("c");
  expect(messages.map(({ role }) => role)).toEqual(["system", "user", "assistant"]);
  expect(JSON.stringify(messages[0])).toContain("What happened so far.");
  expect(JSON.stringify(messages[1])).toContain("question 3");
  await sessions.handleMessage({ message: "question 4", conversationId: "c" }, call);
  expect(provider.requests.at(-1)?.messages.map(({ role }) => role)).toEqual([
    "system",
    "user",
    "assistant",
    "user",
  ]);
  const shown = (await sessions.messages("c", {})).items.map(({ role }) => role);
  expect(shown).toEqual([
    "user",
    "assistant",
    "user",
    "assistant",
    "user",
    "assistant",
    "system",
    "user",
    "assistant",
  ]);
  await sessions.undoCompact("c");
  expect((await sessions.context("c")).messages.map(({ role }) => role)).toEqual(
    Array(4).fill(["user", "assistant"]).flat(),
  );
  await expect(sessions.undoCompact("c")).rejects.toMatchObject({ code: "bad-request" });
});

it("a context read anew from the log is the one that grew with it", async () => {
  const replies = [textReply("a ".repeat(400)), textReply("b"), textReply("sum"), textReply("c")];
  const first = await open(replies);
  for (const message of ["one", "two"])
    await first.sessions.handleMessage({ message, conversationId: "c" }, call);
  await first.sessions.compact("c", { keepTokens: 100 });
  await first.sessions.handleMessage({ message: "three", conversationId: "c" }, call);
  const second = await open([], first.store);
  expect(await second.sessions.context("c")).toEqual(await first.sessions.context("c"));
  await second.sessions.undoCompact("c");
  expect((await second.sessions.context("c")).messages).toHaveLength(6);
});

it("compaction without a working model lists what was asked; while a turn runs it is refused", async () => {
  const { sessions } = await open([textReply("one"), [{ fail: new Error("down") }], [{ silence: true }]]);
  await sessions.handleMessage({ message: "do this", conversationId: "c" }, call);
  await sessions.compact("c", { keepTokens: 0 });
  expect(JSON.stringify((await sessions.context("c")).messages)).toContain("- do this");
  await sessions.send({ message: "x", conversationId: "c" }, call);
  await expect(sessions.compact("c", {})).rejects.toMatchObject({ code: "conversation-busy" });
  await expect(sessions.warm("c")).rejects.toMatchObject({ code: "conversation-busy" });
});

it("reset starts an empty context and keeps settings and the old text", async () => {
  const { sessions, provider } = await open([textReply("one"), textReply("two")]);
  await sessions.create({ id: "c", effort: "low" }, call);
  await sessions.handleMessage({ message: "first", conversationId: "c" }, call);
  await sessions.reset("c");
  expect((await sessions.context("c")).messages).toEqual([]);
  await sessions.handleMessage({ message: "second", conversationId: "c" }, call);
  expect(provider.requests[1]).toMatchObject({ effort: "low", messages: [{ role: "user" }] });
  expect((await sessions.messages("c", {})).items).toHaveLength(2);
  expect((await sessions.messages("c", { all: true })).items).toHaveLength(4);
});

it("delete aborts, ends viewers and frees the id for a conversation of another epoch", async () => {
  const { sessions, seen, settle } = await open([
    [{ type: "text", text: "x" }, { silence: true }],
    textReply("new"),
  ]);
  const { cursor } = await sessions.send({ message: "first", conversationId: "c" }, call);
  const viewer = await sessions.subscribe("c", {});
  await sessions.open("c");
  expect(await sessions.delete("c")).toEqual({ deleted: true });
  for (let frame = await viewer.next(); frame; frame = await viewer.next());
  await expect(sessions.get("c")).rejects.toMatchObject({ code: "conversation-not-found" });
  await sessions.handleMessage({ message: "again", conversationId: "c" }, call);
  expect((await sessions.subscribe("c", { after: cursor })).mode).toBe("snapshot");
  await settle();
  expect(seen.filter((each) => !each.startsWith("plan"))).toEqual(["opened", "deleted"]);
});
