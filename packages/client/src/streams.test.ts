import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { createClient, type StreamItem } from "./index.ts";

/** A conversation of one turn with `deltas` pieces of text, as a server that cuts its streams would tell it. */
const turnId = "t1";
const stepId = "t1#0";
const base = { conversationId: "c", turnId };
function lines(deltas: number): { cursor: string; event: Record<string, unknown> }[] {
  const events = [
    { type: "user-message", seq: 1, ts: 0, messageId: "m", text: "hi", ...base },
    { type: "turn-start", seq: 2, ts: 0, ...base },
    ...Array.from({ length: deltas }, (_, at) => ({
      type: "text-delta",
      block: "b",
      at,
      text: "x",
      stepId,
      ...base,
    })),
    { type: "text", seq: 3, ts: 0, block: "b", length: deltas, stepId, ...base },
    { type: "done", seq: 4, ts: 0, reason: "completed", ...base },
    { type: "turn-sealed", seq: 5, ts: 0, ...base },
  ];
  return events.map((event, index) => ({ cursor: `k${index + 1}`, event }));
}

let server: Server | undefined;
afterEach(() => server?.close());

async function listen(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  server?.close();
  server = createServer(handle).listen(0, "127.0.0.1");
  await new Promise((resolve) => server?.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const clientOf = (url: string, pauses: number[] = []) =>
  createClient({
    url,
    token: "secret",
    random: () => 0,
    newKey: () => "key-1",
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      pauses.push(ms);
    },
  });

async function collect(items: AsyncIterable<StreamItem>): Promise<StreamItem[]> {
  const all: StreamItem[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Serves a turn, ending each answer after a number of events: gently, or by destroying the socket. */
function cuttingServer(turn: ReturnType<typeof lines>, cuts: readonly { after: number; gently: boolean }[]) {
  const asked: string[] = [];
  let answer = 0;
  return {
    asked,
    handle(request: IncomingMessage, response: ServerResponse) {
      const url = new URL(request.url ?? "/", "http://x");
      asked.push(`${request.method} ${url.pathname} ${url.searchParams.get("after") ?? ""}`.trim());
      const isChat = url.pathname === "/chat";
      const from = isChat ? 0 : turn.findIndex(({ cursor }) => cursor === url.searchParams.get("after")) + 1;
      const cut = cuts[answer];
      answer += 1;
      response.writeHead(200, {
        "content-type": isChat ? "application/x-ndjson" : "text/event-stream",
        "x-conversation-id": "c",
        "x-turn-id": turnId,
      });
      for (const line of turn.slice(from, cut === undefined ? undefined : from + cut.after)) {
        const sse = `id: ${line.cursor}\nevent: ${String(line.event.type)}\ndata: ${JSON.stringify(line.event)}\n\n`;
        response.write(isChat ? `${JSON.stringify(line)}\n` : sse);
      }
      if (cut && !cut.gently)
        response.write(isChat ? '{"cursor":"k9' : "id: k99\ndata: {", () => response.destroy());
      else response.end();
    },
  };
}

describe("chat", () => {
  it("gives each event of the turn once, in order, whatever is cut", async () => {
    const cut = fc.record({ after: fc.nat(8), gently: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.nat(12), fc.array(cut, { maxLength: 6 }), async (deltas, cuts) => {
        const turn = lines(deltas);
        const script = cuttingServer(turn, cuts);
        const stream = await clientOf(await listen(script.handle)).chat({ message: "hi" });
        expect([stream.conversationId, stream.turnId]).toEqual(["c", turnId]);
        expect(await collect(stream)).toEqual(turn);
        expect(script.asked[0]).toBe("POST /chat");
      }),
      { numRuns: 30 },
    );
  });

  it("sends the token, the body and one key; repeats with the same key when no answer came", async () => {
    const seen: [string | undefined, string | undefined, string][] = [];
    const turn = lines(1);
    const url = await listen((request, response) => {
      let body = "";
      request.on("data", (piece) => {
        body += piece;
      });
      request.on("end", () => {
        seen.push([request.headers.authorization, request.headers["idempotency-key"] as string, body]);
        if (seen.length === 1) return void request.socket.destroy();
        response.writeHead(200, { "x-conversation-id": "c", "x-turn-id": turnId });
        response.end(turn.map((line) => `${JSON.stringify(line)}\n`).join(""));
      });
    });
    expect(await collect(await clientOf(url).chat({ message: "hi" }))).toHaveLength(turn.length);
    expect(seen).toEqual([
      ["Bearer secret", "key-1", '{"message":"hi"}'],
      ["Bearer secret", "key-1", '{"message":"hi"}'],
    ]);
  });

  it("ends at a snapshot in which the turn no longer runs", async () => {
    const snapshot = { conversation: { id: "c" }, messages: [], cursor: "s" };
    const url = await listen((request, response) => {
      response.writeHead(200, { "x-conversation-id": "c", "x-turn-id": turnId });
      if (request.url === "/chat") response.end();
      else response.write(`id: s\nevent: snapshot\ndata: ${JSON.stringify(snapshot)}\n\n`);
    });
    expect(await collect(await clientOf(url).chat({ message: "hi" }))).toEqual([{ cursor: "s", snapshot }]);
    server?.closeAllConnections();
  });

  it("gives up after the attempts it was allowed, with growing pauses", async () => {
    const pauses: number[] = [];
    const url = await listen((request, response) => {
      if (request.url !== "/chat") return void response.writeHead(503).end("busy");
      response.writeHead(200, { "x-conversation-id": "c", "x-turn-id": turnId }).end();
    });
    const stream = await clientOf(url, pauses).chat({ message: "hi" }, { maxAttempts: 4 });
    await expect(collect(stream)).rejects.toMatchObject({ code: "bad-answer", status: 503 });
    expect(pauses).toEqual([500, 1_000, 2_000]);
  });
});

describe("events", () => {
  it("resumes after its last cursor, reports pauses, waits as long as the server says", async () => {
    const turn = lines(3);
    const asked: string[] = [];
    const url = await listen((request, response) => {
      asked.push(new URL(request.url ?? "/", "http://x").search);
      if (asked.length === 2) {
        const problem = {
          type: "x",
          title: "Busy",
          status: 429,
          code: "too-many-requests",
          detail: "Slow",
          retryAfterMs: 700,
        };
        return void response.writeHead(429).end(JSON.stringify(problem));
      }
      response.writeHead(200);
      for (const { cursor, event } of turn.slice(
        asked.length === 1 ? 0 : 2,
        asked.length === 1 ? 2 : undefined,
      )) {
        response.write(`id: ${cursor}\nevent: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`);
      }
      response.end();
    });
    const pauses: number[] = [];
    const delays: number[] = [];
    const held: unknown[] = [];
    const onRetry = ({ delayMs }: { delayMs: number }) => delays.push(delayMs);
    for await (const item of clientOf(url, pauses).events("c", { after: "0", onRetry })) {
      held.push(item);
      if (held.length === turn.length) break;
    }
    expect(held).toEqual(turn);
    expect(asked).toEqual(["?after=0", "?after=k2", "?after=k2"]);
    expect(delays).toEqual([500, 1_000]);
    expect(pauses).toEqual(delays);
  });

  it("throws the problem when the conversation is not there", async () => {
    const problem = {
      type: "x",
      title: "No such conversation.",
      status: 404,
      code: "conversation-not-found",
      detail: "d",
      fix: "f",
    };
    const url = await listen((_, response) => void response.writeHead(404).end(JSON.stringify(problem)));
    await expect(collect(clientOf(url).events("gone"))).rejects.toMatchObject({
      code: "conversation-not-found",
      status: 404,
      message: "d",
      details: { fix: "f" },
    });
  });

  it("ends with the signal's reason, also while it waits", async () => {
    const url = await listen((_, response) => void response.writeHead(200).write(": hello\n\n"));
    const leave = new AbortController();
    const reading = collect(clientOf(url).events("c", { signal: leave.signal }));
    setTimeout(() => leave.abort(new Error("left")), 20);
    await expect(reading).rejects.toThrow("left");
    server?.closeAllConnections();
  });
});

describe("requests", () => {
  it("says unreachable when nothing listens", async () => {
    const url = await listen(() => undefined);
    await new Promise((resolve) => server?.close(resolve));
    await expect(clientOf(url).list()).rejects.toMatchObject({ code: "unreachable", status: 0 });
  });

  it("names what is no answer of Dispatch", async () => {
    const url = await listen((_, response) => void response.writeHead(502).end("<html>"));
    await expect(clientOf(url).models()).rejects.toMatchObject({ code: "bad-answer", status: 502 });
  });

  it("follows no redirect: the token stays where it was meant to go", async () => {
    const url = await listen(
      (_, response) => void response.writeHead(302, { location: "http://127.0.0.1:9/" }).end(),
    );
    await expect(clientOf(url).list()).rejects.toMatchObject({ code: "unreachable" });
  });

  it("encodes ids and leaves out absent parameters", async () => {
    const asked: string[] = [];
    const url = await listen((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.end("{}");
    });
    const client = clientOf(url);
    await client.get("a/b?c");
    await client.list({ q: "x y", limit: 3, cursor: undefined });
    await client.setTitle("c", "T");
    expect(asked).toEqual([
      "GET /conversations/a%2Fb%3Fc",
      "GET /conversations?q=x+y&limit=3",
      "PUT /conversations/c/title",
    ]);
  });
});
