import type { RequestListener } from "node:http";
import { fakeClock } from "@dispatch/kernel/testing";
import { afterEach, describe, expect, it } from "vitest";
import { startPlainServer } from "./fixtures/plain-server.ts";
import {
  answerOf,
  apiKey,
  ask,
  batchesOf,
  heard,
  quiet,
  realProvider,
  timeOf,
} from "./fixtures/real-provider.ts";
import {
  calls,
  contextOverflow,
  cut,
  errorReply,
  heldUntil,
  quotaExceeded,
  type Reply,
  rateLimited,
  reasoning,
  reply,
  type StrictServer,
  type StrictServerOptions,
  serverError,
  silence,
  startStrictServer,
  text,
  unauthorized,
} from "./testing/index.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function strict(options: StrictServerOptions = {}): Promise<StrictServer> {
  const server = await startStrictServer({ apiKey, ...options });
  open.push(server);
  return server;
}

async function plain(listener: RequestListener): Promise<string> {
  const server = await startPlainServer(listener);
  open.push(server);
  return server.url;
}

describe("an answer", () => {
  it("has text, reasoning, parallel calls, usage and its reason, however the bytes are cut", async () => {
    const server = await strict({ splitBytes: 5 });
    server.script(
      reply(
        reasoning("Überlegt 😀"),
        text("Grüße 漢字 😀"),
        calls({ name: "a", args: { x: "ß" } }, { name: "b", args: {} }),
        {
          usage: {
            prompt_tokens: 100,
            completion_tokens: 20,
            prompt_tokens_details: { cached_tokens: 64 },
            completion_tokens_details: { reasoning_tokens: 7 },
          },
        },
      ),
    );
    const usage = { inputTokens: 100, outputTokens: 20, cacheReadTokens: 64, reasoningTokens: 7 };
    expect(await answerOf(realProvider(`${server.url}/`), ask("go"))).toEqual({
      text: "Grüße 漢字 😀",
      reasoning: "Überlegt 😀",
      calls: [
        { name: "a", input: '{"x":"ß"}' },
        { name: "b", input: "{}" },
      ],
      last: { type: "finish", reason: "tool-calls", usage },
    });
    expect(server.violations()).toEqual([]);
    expect(server.requests[0]?.body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  it("is understood from a server that does not stream", async () => {
    const server = await strict();
    const message = {
      role: "assistant",
      content: "hi",
      tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "" } }],
    };
    server.script({
      status: 200,
      body: {
        choices: [{ index: 0, message, finish_reason: "tool_calls" }],
        usage: { prompt_tokens: 3, completion_tokens: 1 },
      },
    });
    expect(await answerOf(realProvider(server.url), ask("go"))).toEqual({
      text: "hi",
      reasoning: "",
      calls: [{ name: "f", input: "{}" }],
      last: { type: "finish", reason: "tool-calls", usage: { inputTokens: 3, outputTokens: 1 } },
    });
  });

  it("comes as one batch per read, not one per chunk", async () => {
    const server = await strict();
    server.script(reply({ firehose: { deltas: 2_000, text: "0123456789", perWrite: 500 } }));
    const batches = await batchesOf(realProvider(server.url), ask("go"));
    expect(heard(batches.flat()).text).toBe("0123456789".repeat(2_000));
    expect(batches.length).toBeLessThan(200);
  });

  it("leaves its connection open for the next one", async () => {
    const sockets = new Set<unknown>();
    const url = await plain((req, res) => {
      sockets.add(req.socket);
      res.writeHead(200, { "content-type": "text/event-stream" });
      res.write('data: {"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
      setTimeout(() => res.end(), 20);
    });
    const provider = realProvider(url);
    let rounds = 0;
    // The rest is read in the background: a request that comes before it is read opens another connection.
    for (; rounds === sockets.size && rounds < 30; rounds++) {
      expect((await answerOf(provider, ask("go"))).text).toBe("x");
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    expect(sockets.size).toBeLessThan(rounds);
  });
});

describe("failures", () => {
  const cases: [string, Reply, object][] = [
    [
      "401",
      unauthorized(apiKey),
      { code: "provider-auth", retryable: false, status: 401, fix: expect.stringContaining('"main"') },
    ],
    ["403", errorReply(403, { message: "no" }), { code: "provider-auth", retryable: false }],
    ["402", errorReply(402, { message: "pay" }), { code: "provider-billing", retryable: false }],
    ["no money", quotaExceeded(), { code: "provider-billing", retryable: false, status: 429 }],
    [
      "404 of a model",
      errorReply(404, { message: "The model `x` does not exist", code: "model_not_found" }),
      { code: "unknown-model", retryable: false },
    ],
    [
      "404 of Ollama",
      { status: 404, body: { error: { message: 'model "x" not found, try pulling it first' } } },
      { code: "unknown-model" },
    ],
    [
      "404 of an address",
      { status: 404, body: "<html>nginx</html>" },
      { code: "provider-not-found", retryable: false },
    ],
    ["too long", contextOverflow(), { code: "context-overflow", retryable: false, status: 400 }],
    [
      "too long, says llama.cpp",
      errorReply(400, { message: "the request exceeds the available context size" }),
      { code: "context-overflow" },
    ],
    ["413", errorReply(413, { message: "too large" }), { code: "context-overflow" }],
    ["429", rateLimited(7), { code: "rate-limited", retryable: true, retryAfterMs: 7_000, status: 429 }],
    [
      "429 in ms",
      { ...rateLimited(7), headers: { "retry-after": "9", "retry-after-ms": "1234" } },
      { code: "rate-limited", retryAfterMs: 1_234 },
    ],
    ["429 without", rateLimited(), { code: "rate-limited", retryable: true }],
    ["500", serverError(), { code: "provider-server", retryable: true, status: 500 }],
    ["503", serverError(503), { code: "provider-overloaded", retryable: true }],
    ["529", serverError(529), { code: "provider-overloaded", retryable: true }],
    [
      "400",
      errorReply(400, { message: "bad temperature" }),
      { code: "provider-refused", retryable: false, message: "bad temperature" },
    ],
    [
      "422 as detail",
      { status: 422, body: { detail: [{ loc: ["x"], msg: "extra" }] } },
      { code: "provider-refused", message: expect.stringContaining("extra") },
    ],
    [
      "no body",
      { status: 500, body: "" },
      { code: "provider-server", message: "The model server failed (500)." },
    ],
    ["cut before the headers", reply(cut()), { code: "provider-network", retryable: true }],
    ["cut in the middle", reply(text("half"), cut()), { code: "provider-network", retryable: true }],
    [
      "closed without an end",
      reply(text("half"), { end: "no-finish" }),
      { code: "truncated", retryable: true },
    ],
    [
      "an error in the stream",
      reply(text("half"), { errorEvent: { message: "overloaded", type: "overloaded_error" } }),
      { code: "provider-overloaded", retryable: true },
    ],
    [
      "a broken chunk",
      reply(text("half"), { raw: "data: {\n\n" }),
      { code: "provider-malformed", retryable: true },
    ],
    [
      "a web page",
      { status: 200, headers: { "content-type": "text/html" }, body: "<html>" },
      { code: "provider-malformed", retryable: false },
    ],
    [
      "JSON of something else",
      { status: 200, body: { hello: 1 } },
      { code: "provider-malformed", retryable: false },
    ],
    [
      "an error as a success",
      { status: 200, body: { error: { message: "no", code: 429 } } },
      { code: "rate-limited", retryable: true },
    ],
  ];
  it.each(cases)("%s", async (_, scripted, expected) => {
    const server = await strict();
    server.script(scripted);
    const events = (await batchesOf(realProvider(server.url), ask("go"))).flat();
    expect(events.at(-1)).toMatchObject({ type: "error", error: expected });
    expect(events.filter(({ type }) => type === "error" || type === "finish")).toHaveLength(1);
    expect(server.requests).toHaveLength(1);
  });

  it("of the network say where, and nothing else", async () => {
    const url = await plain(() => undefined);
    for (const each of open.splice(0)) await each.close();
    expect((await answerOf(realProvider(url), ask("go"))).last).toMatchObject({
      type: "error",
      error: {
        code: "provider-network",
        retryable: true,
        message: `The connection to ${url} failed (ECONNREFUSED).`,
      },
    });
  });

  it("never show the key, and are bounded", async () => {
    const url = await plain((req, res) => {
      res.writeHead(400, { "content-type": "application/json" });
      const echo = `${req.headers.authorization} and ${apiKey} ${"x".repeat(5_000)}`;
      res.end(JSON.stringify({ error: { message: echo, headers: req.headers } }));
    });
    const { last } = await answerOf(realProvider(url), ask("go"));
    expect(last).toMatchObject({ type: "error", error: { code: "provider-refused" } });
    expect(JSON.stringify(last)).not.toContain(apiKey);
    expect(last?.type === "error" && last.error.message.length).toBe(1_000);
  });

  it("of a key that is none are told without it", async () => {
    const key = "sk-ключ\u0000";
    const { last } = await answerOf(realProvider("http://127.0.0.1:9/v1", {}, key), ask("go"));
    expect(last).toMatchObject({ type: "error", error: { code: "provider-auth", retryable: false } });
    expect(JSON.stringify(last)).not.toContain("ключ");
  });

  it.each(["ftp://x/v1", "nonsense", "http://user:secret@127.0.0.1/v1"])(
    "of a base URL: %s",
    async (baseUrl) => {
      const provider = realProvider(baseUrl);
      const { last } = await answerOf(provider, ask("go"));
      expect(last).toMatchObject({ type: "error", error: { code: "provider-config", retryable: false } });
      expect(JSON.stringify(last)).not.toContain("secret");
      await expect(provider.models(quiet.signal)).rejects.toMatchObject({ code: "provider-config" });
    },
  );

  it("a redirect is not followed, so the key goes nowhere else", async () => {
    let reached = 0;
    const other = await plain((_, res) => {
      reached += 1;
      res.end();
    });
    const url = await plain((_, res) => res.writeHead(307, { location: `${other}/chat?token=secret` }).end());
    const provider = realProvider(url);
    const expected = {
      code: "provider-redirect",
      retryable: false,
      status: 307,
      message: expect.stringContaining(`${other}/chat;`),
    };
    expect((await answerOf(provider, ask("go"))).last).toMatchObject({ type: "error", error: expected });
    await expect(provider.models(quiet.signal)).rejects.toMatchObject(expected);
    expect(reached).toBe(0);
  });
});

describe("silence", () => {
  it.each([
    ["before the headers", { ...reply(), holdMs: 0 }],
    ["in the middle", reply(text("half"), silence())],
  ])("%s is a failure after idleTimeoutMs", async (_, scripted) => {
    const server = await strict();
    server.script(scripted);
    const { last } = await answerOf(realProvider(server.url, { idleTimeoutMs: 80 }), ask("go"));
    expect(last).toMatchObject({ type: "error", error: { code: "provider-idle", retryable: true } });
    await server.until(({ requests }) => requests[0]?.closedByClientAt !== undefined);
  });

  it("is none while something comes, or while the reader takes its time", async () => {
    const server = await strict();
    const clock = fakeClock();
    const goOn: (() => void)[] = [];
    const rest = Array.from("bcdefgh", (letter) => [
      heldUntil(new Promise<void>((resolve) => goOn.push(resolve))),
      text(letter),
    ]);
    server.script(reply(text("a"), ...rest.flat()));
    const provider = realProvider(server.url, { idleTimeoutMs: 120 }, apiKey, timeOf(clock));
    let seen = "";
    for await (const batch of provider.stream(ask("go"), quiet)) {
      seen += heard("type" in batch ? [batch] : batch).text;
      await clock.advance(500); // the reader's own time
      setImmediate(() => void clock.advance(100).then(goOn[seen.length - 1])); // once it reads again
    }
    expect(seen).toBe("abcdefgh");
  });
});

describe("an abort", () => {
  it.each([
    ["before the headers", { ...reply(), holdMs: 0 }],
    ["in the middle", reply(text("half"), silence())],
  ])("%s closes the connection and ends the iterator", async (_, scripted) => {
    const server = await strict();
    server.script(scripted);
    const controller = new AbortController();
    const answer = batchesOf(realProvider(server.url), ask("go"), controller.signal);
    await server.until(
      ({ sent }) => sent[0]?.text === "half" || (sent[0] !== undefined && "holdMs" in scripted),
    );
    controller.abort();
    const events = (await answer).flat();
    expect(events.filter(({ type }) => type !== "text")).toEqual([]);
    await server.until(({ requests }) => requests[0]?.closedByClientAt !== undefined);
  });
});
