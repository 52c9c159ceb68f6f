import { scriptedProvider, textReply } from "@dispatch/kernel/testing";
import { conversationView, metricsAnswer, openAnswer, warmAnswer } from "@dispatch/wire";
import { afterEach, expect, test } from "vitest";
import { readSse } from "../../test/read-stream.ts";
import { startTransport, type TestTransport } from "../../test/start-transport.ts";

let transport: TestTransport;
afterEach(() => transport.stop());

const usage = { inputTokens: 200, outputTokens: 1, cacheReadTokens: 150 };
async function withTurn(...more: Parameters<typeof scriptedProvider>[0]): Promise<void> {
  transport = await startTransport({ provider: scriptedProvider([textReply("Hello"), ...more]) });
  await (await transport.post("/chat", { message: "hi", conversationId: "c" })).text();
}
const post = async (path: string, body: unknown = {}) => (await transport.post(path, body)).json();
const context = async () =>
  ((await (await transport.fetch("/conversations/c/context")).json()) as { messages: { role: string }[] })
    .messages;

test("reset starts an empty context and keeps the old text readable", async () => {
  await withTurn();
  expect(await context()).toHaveLength(2);
  conversationView.parse(await post("/conversations/c/reset"));
  expect(await context()).toEqual([]);
  const read = async (query: string) =>
    ((await (await transport.fetch(`/conversations/c/messages${query}`)).json()) as { items: unknown[] })
      .items;
  expect(await read("")).toEqual([]);
  expect(await read("?all=true")).toHaveLength(2);
});

test("compaction makes the context start at a summary, undo takes it back", async () => {
  await withTurn(textReply("They said hello."));
  conversationView.parse(
    await post("/conversations/c/compact", { keepTokens: 0, instructions: "Be brief." }),
  );
  expect(JSON.stringify(await context())).toContain("They said hello.");
  conversationView.parse(await post("/conversations/c/compact/undo"));
  expect(await context()).toHaveLength(2);
  expect(await post("/conversations/c/compact/undo")).toMatchObject({ status: 400 });
  expect(await post("/conversations/c/compact", { keepTokens: -1 })).toMatchObject({
    errors: [{ path: "keepTokens" }],
  });
});

test("warming asks for one token and says what came from the cache", async () => {
  await withTurn([
    { type: "text", text: "ok" },
    { type: "finish", reason: "stop", usage },
  ]);
  expect(warmAnswer.parse(await post("/chat/warm", { conversationId: "c" }))).toEqual({
    usage,
    cachePercent: 75,
  });
  expect(await context()).toHaveLength(2);
});

test("a provider that fails at warming is a 502, without a stack", async () => {
  await withTurn([
    { type: "error", error: { code: "provider-billing", message: "No money.", retryable: false } },
  ]);
  expect(await post("/chat/warm", { conversationId: "c" })).toMatchObject({
    status: 502,
    code: "provider-failed",
    detail: "The provider failed (provider-billing): No money.",
  });
});

test("while a turn runs, compaction and warming are refused with its id", async () => {
  await withTurn([{ type: "text", text: "Hm" }, { silence: true }]);
  const { turnId } = (await (
    await transport.post("/chat", { message: "more", conversationId: "c" }, { prefer: "respond-async" })
  ).json()) as { turnId: string };
  const busy = { status: 409, code: "conversation-busy", turnId };
  expect(await post("/chat/warm", { conversationId: "c" })).toMatchObject(busy);
  expect(await post("/conversations/c/compact")).toMatchObject(busy);
});

test("metrics give totals and the newest turns", async () => {
  await withTurn(textReply("Again"));
  await (await transport.post("/chat", { message: "more", conversationId: "c" })).text();
  const read = async (query = "") => (await transport.fetch(`/conversations/c/metrics${query}`)).json();
  const all = metricsAnswer.parse(await read());
  expect(all).toMatchObject({
    turns: 2,
    hasMore: false,
    items: [{ reason: "completed", steps: 1 }, { attempts: 1 }],
  });
  expect(await read("?limit=1")).toMatchObject({
    turns: 2,
    hasMore: true,
    items: [{ turnId: all.items[1]?.turnId }],
  });
  expect(await read("?limit=201")).toMatchObject({ status: 400, errors: [{ path: "limit" }] });
  expect((await transport.fetch("/conversations/none/metrics")).status).toBe(404);
});

test("open is for clients to see", async () => {
  await withTurn();
  expect(openAnswer.parse(await post("/conversations/c/open"))).toEqual({ opened: true });
});

test("delete without an archive folder asks for archive=false, ends the viewers and leaves nothing", async () => {
  await withTurn();
  const remove = (query: string) => transport.fetch(`/conversations/c${query}`, { method: "DELETE" });
  for (const query of ["", "?archive=true"]) {
    expect(await (await remove(query)).json()).toMatchObject({
      status: 501,
      code: "not-implemented",
      fix: "Add `?archive=false` to delete it for good.",
    });
  }
  expect(await (await remove("?archive=no")).json()).toMatchObject({
    status: 400,
    errors: [{ path: "archive" }],
  });
  const watching = readSse(await transport.fetch("/conversations/c/events"));
  expect(await (await remove("?archive=false")).json()).toEqual({ deleted: true });
  expect((await watching).map(({ event }) => event)).toEqual(["snapshot"]);
  expect((await transport.fetch("/conversations/c")).status).toBe(404);
  expect((await remove("?archive=false")).status).toBe(404);
});

test.each(["open", "reset", "compact", "compact/undo"])(
  "%s of an unknown conversation is 404",
  async (verb) => {
    transport = await startTransport();
    expect(await post(`/conversations/none/${verb}`)).toMatchObject({
      status: 404,
      code: "conversation-not-found",
    });
    expect(await post(`/conversations/none/${verb}`, { more: 1 })).toMatchObject({
      errors: [{ path: "more" }],
    });
  },
);
