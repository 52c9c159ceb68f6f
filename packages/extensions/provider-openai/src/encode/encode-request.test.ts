import type { ModelChunk, ModelMessage, ProviderRequest } from "@dispatch/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ask } from "../fixtures/real-provider.ts";
import { checkRequest } from "../testing/index.ts";
import { createHistoryEncoder } from "./encode-history.ts";
import { createMessageEncoder } from "./encode-message.ts";
import { encodeRequest } from "./encode-request.ts";

const message = (role: ModelMessage["role"], ...chunks: ModelChunk[]): ModelMessage => ({
  messageId: "m",
  role,
  chunks,
});
const text = (content: string): ModelChunk => ({ type: "text", text: content });
const call = (callId: string, input: unknown = {}, name = "probe"): ModelChunk => ({
  type: "tool-call",
  callId,
  name,
  input,
});
const result = (callId: string, output: string): ModelChunk => ({
  type: "tool-result",
  callId,
  name: "probe",
  output,
  isError: false,
  truncated: false,
  outcome: "ok",
});
const tool = { name: "probe", description: "Probes.", inputSchema: { type: "object", properties: {} } };

function bodyOf(request: ProviderRequest, official = false) {
  const body = JSON.parse(encodeRequest(request, official, createHistoryEncoder(createMessageEncoder())));
  expect(checkRequest(body, { messageFields: ["reasoning_content"] })).toEqual([]);
  return body;
}
const messagesOf = (...messages: ModelMessage[]) => bodyOf(ask("", { messages })).messages;

describe("messages", () => {
  it("of every role", () => {
    const messages = messagesOf(
      message("system", text("Summary.")),
      message("user", text("Look"), text("closely")),
      message(
        "assistant",
        { type: "reasoning", text: "hm" },
        text("I do."),
        call("c1", { path: "a" }),
        call("c2"),
      ),
      message("tool", result("c1", "A"), result("c2", "")),
      message("assistant", text("Done.")),
    );
    const calls = [
      { id: "c1", type: "function", function: { name: "probe", arguments: '{"path":"a"}' } },
      { id: "c2", type: "function", function: { name: "probe", arguments: "{}" } },
    ];
    expect(messages).toEqual([
      { role: "system", content: "Summary." },
      { role: "user", content: "Look\nclosely" },
      { role: "assistant", content: "I do.", tool_calls: calls },
      { role: "tool", tool_call_id: "c1", content: "A" },
      { role: "tool", tool_call_id: "c2", content: "" },
      { role: "assistant", content: "Done." },
    ]);
  });

  it("that say nothing are left out; calls without text have null", () => {
    const empty = [
      message("user", text("")),
      message("assistant"),
      message("assistant", { type: "reasoning", text: "hm" }),
    ];
    expect(
      messagesOf(
        message("user", text("x")),
        ...empty,
        message("assistant", call("c")),
        message("tool", result("c", "r")),
      ),
    ).toMatchObject([{ role: "user" }, { role: "assistant", content: null }, { role: "tool" }]);
  });

  it("name an attachment that cannot be sent", () => {
    const image: ModelChunk = { type: "image", attachmentId: "a", mimeType: "image/png" };
    expect(messagesOf(message("user", text("See?"), image))).toEqual([
      { role: "user", content: "See?\n[An attachment (image/png) that you cannot see]" },
    ]);
  });

  it("carry reasoning back only when its server asked for it", () => {
    const wanted: ModelChunk = {
      type: "reasoning",
      text: "because",
      providerData: { sendBackAs: "reasoning_content" },
    };
    const foreign: ModelChunk = { type: "reasoning", text: "signed", providerData: { signature: "s" } };
    const dangerous: ModelChunk = { type: "reasoning", text: "x", providerData: { sendBackAs: "role" } };
    expect(
      messagesOf(message("user", text("x")), message("assistant", wanted, foreign, dangerous, text("so")))[1],
    ).toEqual({
      role: "assistant",
      content: "so",
      reasoning_content: "because",
    });
  });

  it("stay valid with impossible names, arguments and halves of characters", () => {
    const input = { "\ud83d": "\ud83d", fine: "😀", escaped: "\\ud83d" };
    const messages = messagesOf(
      message("user", text("half \ud83d, whole 😀, text \\ud83d")),
      message(
        "assistant",
        call("c1", input, "read file!"),
        call("c2", ["no object"], "x".repeat(80)),
        call("c3", null, ""),
      ),
      message("tool", result("c1", "1"), result("c2", "2"), result("c3", "3")),
    );
    expect(messages[0].content).toBe("half \ufffd, whole 😀, text \\ud83d");
    const [first, second, third] = messages[1].tool_calls;
    expect(first.function.name).toBe("read_file_");
    expect(JSON.parse(first.function.arguments)).toEqual({
      "\ufffd": "\ufffd",
      fine: "😀",
      escaped: "\\ud83d",
    });
    expect(second.function).toEqual({ name: "x".repeat(64), arguments: "{}" });
    expect(third.function).toEqual({ name: "unknown", arguments: "{}" });
  });

  it("pass the strict check whatever the text", () => {
    const anyText = fc.string({
      unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      minLength: 1,
    });
    fc.assert(
      fc.property(anyText, anyText, (prompt, output) => {
        messagesOf(
          message("user", text(prompt)),
          message("assistant", call("c", { output })),
          message("tool", result("c", output)),
        );
      }),
    );
  });
});

describe("the body", () => {
  it("has the system prompt first, and tools only when there are some", () => {
    const body = bodyOf(ask("hi", { system: "Be brief.", tools: [tool] }));
    expect(body.messages).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "hi" },
    ]);
    expect(body.tools).toEqual([
      { type: "function", function: { name: "probe", description: "Probes.", parameters: tool.inputSchema } },
    ]);
    expect(Object.keys(bodyOf(ask("hi"))).sort()).toEqual(["messages", "model", "stream", "stream_options"]);
  });

  it("limits tokens by the field that the model knows", () => {
    expect(bodyOf(ask("hi", { maxOutputTokens: 5 }))).toMatchObject({ max_tokens: 5 });
    expect(bodyOf(ask("hi", { model: "o3", maxOutputTokens: 5 }))).toMatchObject({
      max_completion_tokens: 5,
    });
  });

  it("names the conversation to OpenAI itself only", () => {
    expect(bodyOf(ask("hi"), true)).toMatchObject({ prompt_cache_key: "c1" });
    expect(bodyOf(ask("hi"))).not.toHaveProperty("prompt_cache_key");
  });

  it("begins with the same bytes at the next step and when it warms the cache", () => {
    const encode = createHistoryEncoder(createMessageEncoder());
    const messages = [message("user", text("hi"))];
    const base = ask("", { messages, tools: [tool], system: "s" });
    const start = encodeRequest(base, false, encode).split('],"stream"')[0] ?? "";
    const next = {
      ...base,
      messages: [...messages, message("assistant", text("yes")), message("user", text("more"))],
    };
    expect(encodeRequest(next, false, encode).startsWith(start)).toBe(true);
    expect(encodeRequest({ ...base, maxOutputTokens: 1 }, false, encode).startsWith(start)).toBe(true);
  });

  it("costs no encoding of messages it has seen", () => {
    let read = 0;
    const messages = Array.from({ length: 10_000 }, (_, n): ModelMessage => {
      const chunks = [text(`message ${n} ${"x".repeat(200)}`)];
      return {
        messageId: `m${n}`,
        role: n % 2 === 0 ? "user" : "assistant",
        get chunks() {
          read += 1;
          return chunks;
        },
      };
    });
    const encode = createHistoryEncoder(createMessageEncoder());
    const first = encodeRequest(ask("", { messages }), false, encode);
    expect(read).toBe(10_000);
    expect(encodeRequest(ask("", { messages: [...messages] }), false, encode)).toBe(first);
    expect(read).toBe(10_000);
  });
});
