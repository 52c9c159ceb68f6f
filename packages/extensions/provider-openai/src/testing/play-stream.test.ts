import { once } from "node:events";
import { request } from "node:http";
import { afterEach, beforeEach, expect, it } from "vitest";
import { body } from "./planted-fault.ts";
import { calls, cut, heldUntil, type Reply, reasoning, reply, silence, text } from "./reply.ts";
import { type Heard, hear } from "./sse-events.ts";
import { type StrictServer, startStrictServer } from "./strict-server.ts";

let server: StrictServer;
beforeEach(async () => {
  server = await startStrictServer();
});
afterEach(() => server.close());

function ask(extra: { readonly [field: string]: unknown } = {}, signal?: AbortSignal) {
  return fetch(`${server.url}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body({ stream: true, ...extra })),
    ...(signal === undefined ? {} : { signal }),
  });
}

async function played(scripted: Reply, extra = {}): Promise<Heard> {
  server.script(scripted);
  return hear(await ask(extra));
}

const song = 'Grüße, 世界! 👩‍👩‍👧 "quoted"\nnext line';
const parallel = calls(
  { name: "read", args: { path: "ä/世界.txt", depth: 3 } },
  { id: "call_b", name: "write", args: '{"broken": "half' },
  { name: "list", args: {} },
);

it.each([0, 1, 3, 7, 100])("reassembles exactly when split every %i bytes", async (splitBytes) => {
  const thought = "Let me think… 🤔";
  const heard = await played({
    ...reply(reasoning(thought), text(song), { ...parallel, splitEvery: 3 }),
    splitBytes,
  });
  expect(heard).toMatchObject({ text: song, reasoning: thought, finish: "tool_calls", done: true });
  expect(heard.calls.map((call) => call.arguments)).toEqual([
    '{"path":"ä/世界.txt","depth":3}',
    '{"broken": "half',
    "{}",
  ]);
  const sent = server.sent[0];
  expect(sent).toMatchObject({ text: song, reasoning: thought, outcome: "complete", status: 200 });
  expect(sent?.toolCalls).toEqual(heard.calls.map((call, index) => ({ index, ...call })));
  expect(new Set(heard.calls.map((call) => call.id)).size).toBe(3);
});

it("sends every piece as an HTTP chunk of its own, inside code points too", async () => {
  server.script({ ...reply(text("ü".repeat(9))), splitBytes: 7 });
  const asked = request(`${server.url}/chat/completions`, { method: "POST", agent: false });
  asked.setHeader("content-type", "application/json").end(JSON.stringify(body({ stream: true })));
  const [response] = await once(asked, "response");
  const pieces: Buffer[] = [];
  response.on("data", (piece: Buffer) => pieces.push(piece));
  await once(response, "end");
  expect(new Set(pieces.slice(0, -1).map((piece) => piece.length))).toEqual(new Set([7]));
  expect(pieces.map(String).join("")).not.toBe(String(Buffer.concat(pieces)));
});

it("opens parallel calls first and fills them in turns", async () => {
  const heard = await played(reply({ ...parallel, splitEvery: 12 }));
  const pieces = heard.events.flatMap((event) => deltaOf(event).tool_calls ?? []);
  expect(pieces.slice(0, 3)).toMatchObject([
    { index: 0, type: "function", function: { name: "read", arguments: "" } },
    { index: 1, id: "call_b", type: "function", function: { name: "write", arguments: "" } },
    { index: 2, type: "function", function: { name: "list", arguments: "" } },
  ]);
  expect(pieces.slice(3).map((piece) => piece.index)).toEqual([0, 1, 2, 0, 1, 0]);
  expect(heard.events[0]).toMatchObject({ choices: [{ delta: { role: "assistant", content: null } }] });
});

it("cuts text as told and estimates usage only when asked", async () => {
  const plain = await played(reply(text("abcdef", { chunks: [1, 2] })));
  expect(plain.events.map((event) => deltaOf(event).content)).toEqual(["", "a", "bc", "def", undefined]);
  expect(plain.events.some((event) => "usage" in event)).toBe(false);

  const asked = { stream_options: { include_usage: true } };
  const given = { prompt_tokens: 50, prompt_tokens_details: { cached_tokens: 40 } };
  const heard = await played(reply(text("abcdefgh"), { usage: given }), asked);
  expect(heard.events.at(-2)).toMatchObject({ usage: null, choices: [{ finish_reason: "stop" }] });
  expect(heard.events.at(-1)).toMatchObject({
    choices: [],
    usage: {
      ...{ prompt_tokens: 50, completion_tokens: 2, total_tokens: 52 },
      ...{ prompt_tokens_details: { cached_tokens: 40 }, completion_tokens_details: { reasoning_tokens: 0 } },
    },
  });
  const silent = await played(reply(text("a"), { usage: null }), asked);
  expect(silent.events.at(-1)).toMatchObject({ usage: null });
});

it.each([
  [
    "cut in the middle",
    reply(text("half"), cut(), text("never")),
    { text: "half", broken: true, done: false },
  ],
  [
    "closed without finish",
    reply(text("half"), { end: "no-finish" }),
    { broken: false, done: false, finish: null },
  ],
  ["finished without [DONE]", reply(text("all"), { end: "no-done" }), { finish: "stop", done: false }],
  ["stopped by length", reply(text("too"), { finish: "length" }), { finish: "length", done: true }],
] as const)("plays a stream %s", async (_, scripted, expected) => {
  const heard = await played(scripted);
  expect(heard).toMatchObject(expected);
  await server.until(() => server.sent[0]?.endedAt !== undefined);
  expect(server.sent[0]).toMatchObject({ text: heard.text, outcome: heard.done ? "complete" : "cut" });
  expect(server.requests[0]?.closedByClientAt).toBeUndefined();
});

it("drops the connection before any header when cut comes first", async () => {
  server.script(reply(cut()));
  await expect(ask()).rejects.toThrow();
  expect(server.sent[0]).toMatchObject({ status: 0, outcome: "cut" });
});

it("sends an error in mid-stream, and raw lines", async () => {
  const heard = await played(reply(text("a"), { errorEvent: { message: "overloaded", code: 503 } }));
  expect(heard.events.at(-1)).toEqual({ error: { message: "overloaded", code: 503 } });
  expect(heard).toMatchObject({ done: false, broken: false });
  server.script(reply({ raw: ": keep-alive\n\n" }, text("a")));
  expect(await (await ask()).text()).toMatch(/^: keep-alive\n\ndata: /);
});

it("records when the client leaves a silent stream", async () => {
  server.script(reply(text("before"), silence(), text("after")));
  const leave = new AbortController();
  await ask({}, leave.signal);
  await server.until(() => server.sent[0]?.text === "before");
  leave.abort();
  await server.until(() => server.requests[0]?.closedByClientAt !== undefined);
  await server.until(() => server.sent[0]?.endedAt !== undefined);
  expect(server.sent[0]).toMatchObject({ text: "before", outcome: "aborted", finish: null });
});

it("holds an answer back until it is told to go on, or the client leaves", async () => {
  let goOn = (): void => undefined;
  const told = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  server.script(reply(text("before "), heldUntil(told), text("after")));
  const held = ask();
  await server.until(() => server.sent[0]?.text === "before ");
  expect(server.sent[0]?.endedAt).toBeUndefined();
  goOn();
  expect((await hear(await held)).text).toBe("before after");
  server.script(reply(text("before"), heldUntil(new Promise(() => undefined)), text("after")));
  const leave = new AbortController();
  await ask({}, leave.signal);
  leave.abort();
  await server.until(() => server.sent[1]?.endedAt !== undefined);
  expect(server.sent[1]).toMatchObject({ text: "before", outcome: "aborted" });
});

function deltaOf(event: object): { readonly content?: string; readonly tool_calls?: { index: number }[] } {
  const { choices } = event as { choices: { delta?: object }[] };
  return choices[0]?.delta ?? {};
}
