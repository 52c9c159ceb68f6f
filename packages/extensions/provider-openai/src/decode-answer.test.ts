import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAnswerDecoder } from "./decode-answer.ts";
import { heard } from "./fixtures/real-provider.ts";
import { streamFailure } from "./http-failure.ts";

const context = { credential: "main", baseUrl: "http://x/v1", apiKey: "sk-1" };
const decoder = (reasoningData?: unknown) =>
  createAnswerDecoder({ reasoningData, failureOf: (error) => streamFailure(error, context) });
const line = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const delta = (fields: object, finish: string | null = null): string =>
  line({ choices: [{ index: 0, delta: fields, finish_reason: finish }] });
const call = (fields: object): string => delta({ tool_calls: [fields] });
const done = "data: [DONE]\n\n";
const all = (...parts: string[]) => {
  const one = decoder();
  return [...one.feed(parts.join("")), ...one.close()];
};

describe("text", () => {
  it("is one event per kind and read", () => {
    const one = decoder();
    const first = one.feed(
      delta({ reasoning_content: "a" }) +
        delta({ reasoning: "b" }) +
        delta({ content: "c" }) +
        delta({ content: "d" }),
    );
    expect(first).toEqual([
      { type: "reasoning", text: "ab" },
      { type: "text", text: "cd" },
    ]);
    expect(one.feed(delta({ content: "e" }))).toEqual([{ type: "text", text: "e" }]);
  });

  it("keeps the halves of a pair together over reads, and gives half a pair when there is no more", () => {
    const one = decoder();
    expect(one.feed(delta({ content: "x\ud83d" }))).toEqual([{ type: "text", text: "x" }]);
    expect(one.feed(delta({ content: "\ude00y\ud83d" }))).toEqual([{ type: "text", text: "😀y" }]);
    expect(one.feed(delta({}, "stop") + done)).toEqual([
      { type: "text", text: "\ud83d" },
      { type: "finish", reason: "stop" },
    ]);
  });

  it("comes in parts, and as a refusal", () => {
    const parts = [
      { type: "thinking", thinking: [{ type: "text", text: "hm" }] },
      { type: "text", text: "yes" },
    ];
    const events = all(delta({ content: parts }), delta({ refusal: "no" }, "stop"), done);
    expect(heard(events)).toMatchObject({ reasoning: "hm", text: "yesno" });
  });

  it("ends a block of reasoning with the data its server wants back", () => {
    const one = decoder({ sendBackAs: "reasoning_content" });
    expect(one.feed(delta({ reasoning_content: "a" }))).toEqual([{ type: "reasoning", text: "a" }]);
    expect(one.feed(delta({ content: "b" }))).toEqual([
      { type: "reasoning", text: "", providerData: { sendBackAs: "reasoning_content" } },
      { type: "text", text: "b" },
    ]);
  });
});

describe("tool calls", () => {
  it.each([
    [
      "by index, interleaved",
      [
        { index: 0, id: "a", function: { name: "one", arguments: "" } },
        { index: 1, id: "b", function: { name: "two", arguments: "" } },
        { index: 0, function: { arguments: '{"x"' } },
        { index: 1, function: { arguments: '{"y":' } },
        { index: 0, function: { arguments: ":1}" } },
        { index: 1, function: { arguments: "2}" } },
      ],
    ],
    [
      "without ids",
      [
        { index: 0, function: { name: "one", arguments: '{"x":1}' } },
        { index: 1, function: { name: "two", arguments: '{"y":2}' } },
      ],
    ],
    [
      "without index, whole",
      [
        { id: "a", function: { name: "one", arguments: '{"x":1}' } },
        { id: "b", function: { name: "two", arguments: '{"y":2}' } },
      ],
    ],
    [
      "without index and id, in pieces",
      [
        { function: { name: "one", arguments: '{"x":' } },
        { function: { arguments: "1}" } },
        { function: { name: "two", arguments: '{"y":' } },
        { function: { arguments: "2}" } },
      ],
    ],
    [
      "all at index 0, with ids",
      [
        { index: 0, id: "a", function: { name: "one", arguments: '{"x":1}' } },
        { index: 0, id: "b", function: { name: "two", arguments: '{"y":2}' } },
      ],
    ],
    [
      "all at index 0, without ids",
      [
        { index: 0, function: { name: "one", arguments: '{"x":1}' } },
        { index: 0, function: { name: "two", arguments: '{"y":2}' } },
      ],
    ],
    [
      "the name and id repeated in every piece",
      [
        { index: 0, id: "a", function: { name: "one", arguments: "" } },
        { index: 0, id: "a", function: { name: "one", arguments: '{"x":1}' } },
        { index: 1, id: "b", function: { name: "two", arguments: '{"y"' } },
        { index: 1, id: "b", function: { name: "two", arguments: ":2}" } },
      ],
    ],
    [
      "the name in pieces, arguments as an object",
      [
        { index: 0, id: "a", function: { name: "o" } },
        { index: 0, function: { name: "ne", arguments: { x: 1 } } },
        { index: 1, id: "b", function: { name: "two", arguments: '{"y":2}' } },
      ],
    ],
  ])("%s", (_, pieces) => {
    const expected = [
      { name: "one", input: '{"x":1}' },
      { name: "two", input: '{"y":2}' },
    ];
    expect(heard(all(...pieces.map(call), delta({}, "tool_calls"), done)).calls).toEqual(expected);
    expect(heard(all(delta({ tool_calls: pieces }, "stop"), done))).toMatchObject({
      calls: expected,
      last: { type: "finish", reason: "tool-calls" },
    });
  });

  it("gives a call as soon as the next one has begun, and never before", () => {
    const one = decoder();
    expect(one.feed(call({ index: 0, id: "a", function: { name: "f", arguments: "{}" } }))).toEqual([]);
    expect(one.feed(call({ index: 0, function: { arguments: '{"late":1}' } }))).toEqual([]);
    expect(one.feed(call({ index: 1, id: "b", function: { name: "g", arguments: '{"y":1}' } }))).toEqual([]);
    expect(one.feed(call({ index: 2, id: "c", function: { name: "h" } }))).toEqual([]);
    expect(heard(one.feed(delta({}, "tool_calls") + done)).calls).toEqual([
      { name: "f", input: '{}{"late":1}' },
      { name: "g", input: '{"y":1}' },
      { name: "h", input: "{}" },
    ]);
    const other = decoder();
    other.feed(call({ index: 0, id: "a", function: { name: "f", arguments: '{"x":1}' } }));
    expect(heard(other.feed(call({ index: 1, id: "b", function: { name: "g" } }))).calls).toEqual([
      { name: "f", input: '{"x":1}' },
    ]);
  });

  it("drops calls of an answer that broke off", () => {
    const events = all(call({ index: 0, id: "a", function: { name: "f", arguments: '{"x":' } }));
    expect(events).toMatchObject([{ type: "error", error: { code: "truncated", retryable: true } }]);
  });
});

describe("the end", () => {
  const usage = {
    prompt_tokens: 10,
    completion_tokens: 4,
    prompt_tokens_details: { cached_tokens: 8 },
    completion_tokens_details: { reasoning_tokens: 3 },
  };
  const counted = { inputTokens: 10, outputTokens: 4, cacheReadTokens: 8, reasoningTokens: 3 };

  it.each([
    ["stop", "stop"],
    ["tool_calls", "tool-calls"],
    ["function_call", "tool-calls"],
    ["length", "length"],
    ["content_filter", "content-filter"],
    ["something new", "other"],
  ])("%s is %s", (theirs, ours) => {
    expect(all(delta({}, theirs), line({ choices: [], usage }), done)).toEqual([
      { type: "finish", reason: ours, usage: counted },
    ]);
  });

  it.each([
    ["[DONE] without a reason", delta({ content: "x" }) + done, "finish"],
    ["a reason without [DONE]", delta({ content: "x" }, "stop"), "finish"],
    ["a last line without its end", `${delta({ content: "x" })}data: [DONE]`, "finish"],
    ["neither", delta({ content: "x" }), "error"],
    ["nothing at all", "", "error"],
  ])("%s", (_, body, end) => {
    const events = all(body);
    expect(events.at(-1)?.type).toBe(end);
    expect(events.filter(({ type }) => type === "finish" || type === "error")).toHaveLength(1);
  });

  it("ignores what comes after it, and a cut after the reason", () => {
    const one = decoder();
    expect(one.feed(delta({ content: "x" }, "stop") + done + delta({ content: "late" }))).toHaveLength(2);
    expect(one.close()).toEqual([]);
    const cutLate = decoder();
    cutLate.feed(delta({ content: "x" }, "stop"));
    expect(cutLate.close({ code: "provider-network", message: "", retryable: true })).toEqual([
      { type: "finish", reason: "stop" },
    ]);
  });

  it("tells what was used before a failure", () => {
    const events = all(
      delta({ content: "x" }),
      line({ choices: [], usage }),
      line({ error: { message: "boom" } }),
    );
    expect(events).toMatchObject([
      { type: "text" },
      { type: "usage", usage: counted },
      { type: "error", error: { code: "provider-server", message: "boom" } },
    ]);
  });
});

describe("what is not as it should be", () => {
  it.each([
    ["no JSON", "data: {half\n\n", "provider-malformed"],
    ["no object", "data: 7\n\n", "provider-malformed"],
    ["an error event", 'event: error\ndata: {"message":"overloaded","code":529}\n\n', "provider-overloaded"],
    [
      "an error object",
      'data: {"object":"error","message":"This model\'s maximum context length is 8","code":400}\n\n',
      "context-overflow",
    ],
    ["an error as text", 'data: {"error":"slow down"}\n\n', "provider-server"],
    ["a limit", 'data: {"error":{"message":"x","code":429}}\n\n', "rate-limited"],
  ])("%s", (_, body, code) => {
    expect(all(body, delta({ content: "after" }, "stop"), done)).toMatchObject([
      { type: "error", error: { code } },
    ]);
  });

  it("reads over comments, unknown fields, empty data, CRLF and missing parts", () => {
    const body = `: ping\r\n\r\nfoo: bar\r\nretry: x\r\ndata:\r\n\r\n${[
      line({}),
      line({ choices: [] }),
      line({ choices: [{}] }),
      line({ choices: [{ delta: null }] }),
      line({ choices: [{ delta: { content: null, tool_calls: null, reasoning: {} } }], usage: null }),
      delta({ tool_calls: [null, 3] }),
      delta({ content: "ok" }, "stop"),
      done,
    ]
      .join("")
      .replaceAll("\n", "\r\n")}`;
    expect(all(body)).toEqual([
      { type: "text", text: "ok" },
      { type: "finish", reason: "stop" },
    ]);
  });

  it("gives up on a line and on arguments without end", () => {
    expect(all(`data: "${"x".repeat(17 * 1024 * 1024)}`)).toMatchObject([
      { type: "error", error: { code: "provider-malformed" } },
    ]);
    const piece = call({ index: 0, function: { name: "f", arguments: "x".repeat(1024 * 1024) } });
    expect(all(...Array.from({ length: 17 }, () => piece)).at(-1)).toMatchObject({
      type: "error",
      error: { code: "provider-malformed" },
    });
  });

  it("never throws and always ends once, whatever comes", () => {
    const value = fc.oneof(
      fc.json(),
      fc.string(),
      fc.constant("[DONE]"),
      fc.json().map((json) => `{"choices":[{"delta":${json}}]}`),
    );
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const ends = all(...values.map((data) => `data: ${data}\n\n`)).filter(
          ({ type }) => type === "finish" || type === "error",
        );
        expect(ends).toHaveLength(1);
      }),
      { numRuns: 200 },
    );
  });
});

it("gives the same answer wherever the bytes are cut", () => {
  const body = [
    delta({ reasoning_content: "Überlegung 漢" }),
    delta({ content: "Grüße 😀 " }),
    call({ index: 0, id: "a", function: { name: "f", arguments: '{"wort":"ß' } }),
    call({ index: 0, function: { arguments: '😀"}' } }),
    delta({}, "tool_calls"),
    line({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } }),
    done,
  ].join("");
  const bytes = new TextEncoder().encode(body);
  const whole = heard(all(body));
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 40 }), (places) => {
      const one = decoder();
      const utf8 = new TextDecoder();
      const cuts = [0, ...places.sort((a, b) => a - b), bytes.length];
      const events = cuts
        .slice(1)
        .flatMap((end, index) => one.feed(utf8.decode(bytes.slice(cuts[index], end), { stream: true })));
      expect(heard([...events, ...one.close()])).toEqual(whole);
    }),
  );
});
