import { scriptedProvider, textReply } from "@dispatch/kernel/testing";
import { afterEach, describe, expect, test } from "vitest";
import { readLines, readSse } from "../../test/read-stream.ts";
import { startTransport, type TestTransport } from "../../test/start-transport.ts";
import { formatFor } from "./chat.ts";

let transport: TestTransport;
const running = [{ type: "text", text: "Hello" }, { silence: true }] as const;

describe("POST /chat", () => {
  afterEach(() => transport.stop());

  test("streams the turn as NDJSON up to its seal", async () => {
    transport = await startTransport({ provider: scriptedProvider([textReply("Hel", "lo")]) });
    const response = await transport.post("/chat", { message: "hi", conversationId: "c1" });
    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    expect(response.headers.get("x-conversation-id")).toBe("c1");
    const lines = await readLines(response);
    expect(lines[0]?.event).toMatchObject({ type: "user-message", seq: 1, text: "hi" });
    expect(lines.at(-1)?.event).toMatchObject({
      type: "turn-sealed",
      turnId: response.headers.get("x-turn-id"),
    });
    const seqs = lines.flatMap(({ event }) => event.seq ?? []);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  });

  test("streams server-sent events of bare events when asked", async () => {
    transport = await startTransport({ provider: scriptedProvider([textReply("Hello")]) });
    const response = await transport.post("/chat", { message: "hi" }, { accept: "text/event-stream" });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const messages = await readSse(response);
    expect(messages[0]).toMatchObject({ event: "user-message", data: { type: "user-message", seq: 1 } });
    expect(messages.at(-1)).toMatchObject({ event: "turn-sealed", data: { type: "turn-sealed" } });
    expect(messages.every(({ id }) => id !== "")).toBe(true);
  });

  test("answers 202 for respond-async", async () => {
    transport = await startTransport({ provider: scriptedProvider([textReply("Hello")]) });
    const response = await transport.post("/chat", { message: "hi" }, { prefer: "wait=1, Respond-Async" });
    expect(response.status).toBe(202);
    expect(response.headers.get("preference-applied")).toBe("respond-async");
    const body = (await response.json()) as Record<string, unknown>;
    expect(Object.keys(body).sort()).toEqual(["conversationId", "cursor", "messageId", "seq", "turnId"]);
    expect(body).toMatchObject({
      conversationId: response.headers.get("x-conversation-id"),
      turnId: response.headers.get("x-turn-id"),
    });
  });

  test("a running turn is a conflict that names it", async () => {
    transport = await startTransport({ provider: scriptedProvider([running]) });
    const first = await transport.post(
      "/chat",
      { message: "hi", conversationId: "c" },
      { prefer: "respond-async" },
    );
    const second = await transport.post("/chat", { message: "again", conversationId: "c" });
    expect(second.status).toBe(409);
    expect(await second.json()).toMatchObject({
      code: "conversation-busy",
      turnId: first.headers.get("x-turn-id"),
    });
  });

  test("a client that goes leaves the turn running", async () => {
    transport = await startTransport({ provider: scriptedProvider([running]) });
    const gone = new AbortController();
    const response = await transport.fetch("/chat", {
      method: "POST",
      body: JSON.stringify({ message: "hi", conversationId: "c" }),
      headers: { "content-type": "application/json" },
      signal: gone.signal,
    });
    const cut = expect(response.text()).rejects.toThrow();
    gone.abort();
    await cut;
    expect(transport.sessions.isActive("c")).toBe(true);
    expect(await (await transport.post("/conversations/c/stop", {})).json()).toMatchObject({ aborted: true });
  });

  describe("with an Idempotency-Key", () => {
    const key = { "idempotency-key": "k1" };

    test("a repeat streams the same turn again, far behind the head too", async () => {
      const provider = scriptedProvider(Array.from({ length: 4 }, () => textReply("Hello")));
      transport = await startTransport({ provider, orchestrator: { replayRecords: 3 } });
      const body = { message: "hi", conversationId: "c" };
      const first = await readLines(await transport.post("/chat", body, key));
      for (const message of ["two", "three"])
        await (await transport.post("/chat", { ...body, message })).text();
      const response = await transport.post("/chat", body, key);
      const again = await readLines(response);
      const records = (lines: typeof first) =>
        lines.map(({ event }) => event).filter(({ seq }) => seq !== undefined);
      expect(records(again).map(({ seq, type }) => [seq, type])).toEqual(
        records(first).map(({ seq, type }) => [seq, type]),
      );
      expect(again.at(-1)?.event).toEqual(first.at(-1)?.event);
      expect(provider.requests).toHaveLength(3);
    });

    test("a repeat of a running turn follows it live", async () => {
      transport = await startTransport({ provider: scriptedProvider([running]) });
      const body = { message: "hi", conversationId: "c" };
      const first = await transport.post("/chat", body, { ...key, prefer: "respond-async" });
      const again = await transport.post("/chat", body, key);
      await transport.post("/conversations/c/stop", {});
      const lines = await readLines(again);
      expect(lines[0]?.event.type).toBe("user-message");
      expect(lines.at(-1)?.event).toMatchObject({
        type: "turn-sealed",
        turnId: first.headers.get("x-turn-id"),
      });
    });

    test("another body is a conflict", async () => {
      transport = await startTransport({ provider: scriptedProvider([textReply("Hello")]) });
      await transport.post("/chat", { message: "hi", conversationId: "c" }, key);
      const other = await transport.post("/chat", { message: "ho", conversationId: "c" }, key);
      expect(await other.json()).toMatchObject({ status: 409, code: "idempotency-mismatch" });
    });
  });
});

test.each([
  [undefined, "ndjson"],
  ["*/*", "ndjson"],
  ["application/json", "ndjson"],
  ["text/event-stream", "sse"],
  ["Text/Event-Stream;q=0.9", "sse"],
  ["application/x-ndjson, text/event-stream", "ndjson"],
  ["text/event-stream, application/x-ndjson", "sse"],
])("Accept %s gives %s", (accept, name) => {
  expect(formatFor(accept).name).toBe(name);
});
