import { afterEach, beforeEach, expect, it } from "vitest";
import { contextOverflow, rateLimited, serverError, unauthorized } from "./error-replies.ts";
import { body, call, calling, talk, user } from "./planted-fault.ts";
import { calls, reply, silence, text } from "./reply.ts";
import { forModel, forText } from "./reply-source.ts";
import { type StrictServer, startStrictServer } from "./strict-server.ts";

let server: StrictServer;
beforeEach(async () => {
  server = await startStrictServer({ apiKey: "sk-right", models: ["a", "b"] });
});
afterEach(() => server.close());

function post(content: unknown, headers: Record<string, string> = {}, signal?: AbortSignal) {
  return fetch(`${server.url}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer sk-right", ...headers },
    body: typeof content === "string" ? content : JSON.stringify(content),
    ...(signal === undefined ? {} : { signal }),
  });
}

it("refuses a broken history as the API does, and remembers it", async () => {
  server.respond(reply(text("never")));
  const response = await post(talk(user, calling(call("call_9"))));
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({
    error: {
      message:
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: call_9",
      type: "invalid_request_error",
      param: "messages.[2].role",
      code: null,
    },
  });
  expect(server.faults).toMatchObject([{ request: 0, status: 400, reason: "unanswered-tool-calls" }]);
  expect(server.violations()).toHaveLength(1);
  expect(server.sent[0]).toMatchObject({ request: 0, status: 400, outcome: "complete", text: "" });
});

it.each([
  ["wrong-key", 401, body({}), { authorization: "Bearer sk-other" }],
  ["content-type", 415, body({}), { "content-type": "text/plain" }],
  ["invalid-json", 400, '{"model":', {}],
  ["lone-surrogate", 400, '{"model":"a","messages":[{"role":"user","content":"\\ud83d"}]}', {}],
  ["unscripted", 400, body({}), {}],
] as const)("refuses with %s (%i)", async (reason, status, content, headers) => {
  const response = await post(content, headers);
  expect(response.status).toBe(status);
  expect(server.faults).toMatchObject([{ request: 0, status, reason }]);
});

it("refuses bytes that are not UTF-8", async () => {
  const bytes = Buffer.from('{"model":"a","messages":[{"role":"user","content":"é"}]}', "latin1");
  const headers = { "content-type": "application/json", authorization: "Bearer sk-right" };
  const response = await fetch(`${server.url}/chat/completions`, { method: "POST", headers, body: bytes });
  expect([response.status, server.faults[0]?.reason]).toEqual([400, "invalid-json"]);
});

it("lists its models, for the right key only, and has nothing else", async () => {
  const headers = { authorization: "Bearer sk-right" };
  const models = await (await fetch(`${server.url}/models`, { headers })).json();
  expect(models).toMatchObject({ object: "list", data: [{ id: "a" }, { id: "b" }] });
  expect((await fetch(`${server.url}/models`)).status).toBe(401);
  expect((await fetch(`${server.url}/embeddings`, { headers })).status).toBe(404);
  expect(server.faults.map((fault) => fault.reason)).toEqual(["wrong-key", "no-route"]);
});

it.each([
  [rateLimited(7), 429, "rate_limit_exceeded", "7"],
  [rateLimited(), 429, "rate_limit_exceeded", null],
  [serverError(503), 503, null, null],
  [contextOverflow(), 400, "context_length_exceeded", null],
  [unauthorized(), 401, "invalid_api_key", null],
])("answers a scripted error %#", async (scripted, status, code, retryAfter) => {
  server.script(scripted);
  const response = await post(body({}));
  expect([response.status, response.headers.get("retry-after")]).toEqual([status, retryAfter]);
  expect(await response.json()).toMatchObject({ error: { code } });
  expect(server.violations()).toEqual([]);
});

it("answers a request without stream with a whole completion", async () => {
  server.script(reply(text("two calls"), calls({ id: "c1", name: "read", args: { path: "ä" } })));
  const completion = await (await post(body({}))).json();
  expect(completion).toMatchObject({
    object: "chat.completion",
    choices: [
      {
        finish_reason: "tool_calls",
        message: {
          role: "assistant",
          content: "two calls",
          tool_calls: [{ id: "c1", type: "function", function: { name: "read", arguments: '{"path":"ä"}' } }],
        },
      },
    ],
    usage: { total_tokens: expect.any(Number) },
  });
  expect(server.sent[0]).toMatchObject({ text: "two calls", finish: "tool_calls", outcome: "complete" });
});

it("keeps the queues of parallel conversations apart", async () => {
  server.script(reply(text("for b")), { when: forModel("b") });
  server.script(reply(text("for tom")), { when: forText('I am "Tom"') });
  server.script(({ index }) => reply(text(`for request ${index}`)));
  const ask = async (model: string, content: string) => {
    await (await post({ model, messages: [{ role: "user", content }] })).text();
    return server.sent.at(-1)?.text;
  };
  expect(await ask("a", "hi")).toBe("for request 0");
  expect(await ask("a", 'I am "Tom"')).toBe("for tom");
  expect(server.waiting()).toBe(1);
  expect(await ask("b", "hi")).toBe("for b");
});

it("says so when a script fails", async () => {
  server.script(() => Promise.reject(new Error("no idea")));
  expect((await post(body({}))).status).toBe(500);
  server.script(JSON.parse('{"steps": 7}'));
  await expect(post(body({ stream: true })).then((response) => response.text())).rejects.toThrow();
  expect(server.faults.map((fault) => fault.reason)).toEqual(["script-failed", "script-failed"]);
});

it("records when a client leaves a server that never sends headers", async () => {
  server.script({ ...reply(text("never")), holdMs: 0 });
  const leave = new AbortController();
  const answer = post(body({ stream: true }), {}, leave.signal);
  await server.until(() => server.requests.length === 1);
  leave.abort();
  await expect(answer).rejects.toThrow();
  await server.until(() => server.requests[0]?.closedByClientAt !== undefined);
  expect(server.sent[0]).toMatchObject({ status: 0, outcome: "aborted" });
});

it("closes with clients on the line, and does not blame them", async () => {
  server.script(reply(text("a"), silence()));
  const answer = await post(body({ stream: true }));
  await server.close();
  await expect(answer.text()).rejects.toThrow();
  expect(server.requests[0]?.closedByClientAt).toBeUndefined();
  expect(server.sent[0]).toMatchObject({ text: "a", outcome: "aborted" });
});
