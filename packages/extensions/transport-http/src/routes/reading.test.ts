import { scriptedProvider, textReply } from "@dispatch/kernel/testing";
import { afterEach, describe, expect, test } from "vitest";
import { readLines, readSse } from "../../test/read-stream.ts";
import { startTransport, type TestTransport } from "../../test/start-transport.ts";

let transport: TestTransport;
afterEach(() => transport.stop());

async function withTurn(): Promise<Awaited<ReturnType<typeof readLines>>> {
  const provider = scriptedProvider([
    [
      { type: "text", text: "Hello", providerData: { signature: "secret" } },
      { type: "finish", reason: "stop" },
    ],
    textReply("Again"),
  ]);
  transport = await startTransport({ provider });
  return readLines(await transport.post("/chat", { message: "hi", conversationId: "c" }));
}

describe("GET /conversations/:id/events", () => {
  test("without a place it begins with a snapshot, then goes on live", async () => {
    await withTurn();
    const response = await transport.fetch("/conversations/c/events");
    const reading = readSse(response, 2);
    await transport.post("/chat", { message: "more", conversationId: "c" }, { prefer: "respond-async" });
    const [first, second] = await reading;
    expect(first).toMatchObject({
      event: "snapshot",
      data: { seq: 8, conversation: { id: "c" }, messages: [{ role: "user" }, {}] },
    });
    expect(first?.data).toMatchObject({ cursor: first?.id });
    expect(second).toMatchObject({ event: "user-message", data: { seq: 9, text: "more" } });
  });

  test("a cursor resumes exactly behind it", async () => {
    const lines = await withTurn();
    const at = lines.findIndex(({ event }) => event.seq === 5);
    const after = encodeURIComponent(lines[at]?.cursor ?? "");
    const messages = await readSse(await transport.fetch(`/conversations/c/events?after=${after}`), 4);
    expect(messages.slice(1).map(({ data, id }) => ({ event: data, cursor: id }))).toEqual(
      lines.slice(at + 1),
    );
  });

  test("after=0 gives every record", async () => {
    await withTurn();
    const messages = await readSse(await transport.fetch("/conversations/c/events?after=0"), 9);
    expect(messages.slice(1).map(({ data }) => (data as { seq: number }).seq)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8,
    ]);
  });

  test("Last-Event-ID wins over `after`", async () => {
    const lines = await withTurn();
    const headers = { "last-event-id": lines.at(-2)?.cursor ?? "" };
    const messages = await readSse(await transport.fetch("/conversations/c/events?after=0", { headers }), 2);
    expect(messages[1]).toMatchObject({ event: "turn-sealed", id: lines.at(-1)?.cursor });
  });

  test("a place that means nothing gives a snapshot, never an error", async () => {
    await withTurn();
    const [first] = await readSse(await transport.fetch("/conversations/c/events?after=nonsense%00~"), 1);
    expect(first?.event).toBe("snapshot");
  });

  test("a heartbeat is written while nothing happens", async () => {
    await withTurn();
    const response = await transport.fetch("/conversations/c/events");
    const reading = readSse(response, 3);
    for (let beat = 0; beat < 2; beat++) {
      await new Promise(setImmediate);
      await transport.host.clock.advance(15_000);
    }
    expect((await reading).map(({ event }) => event)).toEqual(["snapshot", ":", ":"]);
  });

  test("an unknown conversation is 404", async () => {
    transport = await startTransport();
    const response = await transport.fetch("/conversations/none/events");
    expect(await response.json()).toMatchObject({ status: 404, code: "conversation-not-found" });
  });

  test("HEAD opens no stream", async () => {
    await withTurn();
    const response = await transport.fetch("/conversations/c/events", { method: "HEAD" });
    expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
      200,
      "text/event-stream",
      "",
    ]);
  });
});

test("messages come in windows by seq", async () => {
  await withTurn();
  const page = async (query: string) => {
    const response = await transport.fetch(`/conversations/c/messages${query}`);
    return (await response.json()) as {
      items: { seq: number; role: string }[];
      hasMore: boolean;
      status?: number;
    };
  };
  expect(await page("")).toMatchObject({
    items: [{ role: "user", seq: 1 }, { role: "assistant" }],
    hasMore: false,
  });
  expect(await page("?limit=1")).toMatchObject({ items: [{ role: "assistant" }], hasMore: true });
  expect(await page("?after=0&limit=1")).toMatchObject({ items: [{ role: "user" }], hasMore: true });
  expect(await page("?after=0&before=9")).toMatchObject({ status: 400, errors: [{ path: "before" }] });
  expect(await page("?limit=1.5&all=maybe")).toMatchObject({
    status: 400,
    errors: [{ path: "limit" }, { path: "all" }],
  });
});

test("the context is shown without what only the provider may see", async () => {
  await withTurn();
  const text = await (await transport.fetch("/conversations/c/context")).text();
  expect(JSON.parse(text)).toMatchObject({
    model: "test/scripted",
    messages: [{ role: "user" }, { role: "assistant" }],
  });
  expect(text).toContain("Hello");
  expect(text).not.toContain("secret");
});
