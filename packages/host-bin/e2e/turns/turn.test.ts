/** A turn from outside: HTTP in, a strict provider behind, what streams and what stays compared with what it sent. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { calls, rateLimited, reasoning, reply, serverError, text } from "@dispatch/provider-openai/testing";
import { applyEvent, createView, type DispatchEvent, type StreamLine } from "@dispatch/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assistantText, collect, sse } from "../support/api.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({ env: { DISPATCH_TEST: "1" } });
  await writeFile(join(stage.cwd, "a.txt"), "alpha");
  await writeFile(join(stage.cwd, "b.txt"), "beta 😀");
});
afterAll(() => stage.end());

const threeSteps = () => {
  const { provider } = stage;
  provider.script(
    reply(
      reasoning("Look at both files.", { chunks: 5 }),
      text("I will read both. 😀", { chunks: 7 }),
      calls({ name: "read_file", args: { path: "a.txt" } }, { name: "read_file", args: { path: "b.txt" } }),
    ),
  );
  provider.script(reply(text("Now the list.", { chunks: 3 }), calls({ name: "list_files", args: {} })));
  provider.script(
    reply(text("Done: alpha, beta 😀. ", { chunks: 4 }), text("äöü".repeat(50), { chunks: 40 })),
  );
};

const finalText = `I will read both. 😀Now the list.Done: alpha, beta 😀. ${"äöü".repeat(50)}`;
const textOfEvents = (events: readonly DispatchEvent[]) => {
  const view = createView({ seq: ((events[0] as { seq?: number }).seq ?? 1) - 1 });
  for (const event of events) expect(applyEvent(view, event)).toBe("applied");
  return { text: assistantText(view.messages), view };
};

function checkOrder(events: readonly DispatchEvent[]) {
  const types = events.filter((event) => "seq" in event).map(({ type }) => type);
  expect(types.slice(-3)).toEqual(["done", "status-changed", "turn-sealed"]);
  const seqs = events.flatMap((event) => ("seq" in event ? [event.seq] : []));
  expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
  for (const callId of events.flatMap((event) => (event.type === "tool-call" ? [event.callId] : []))) {
    const of = events.filter((event) => "callId" in event && event.callId === callId).map(({ type }) => type);
    expect(of).toEqual(["tool-call", "tool-start", "tool-result"]);
  }
}

describe("a turn of three steps with two parallel tools", () => {
  it("streams as NDJSON what the provider sent, and /messages says the same", async () => {
    threeSteps();
    const lines = await stage.api.chat({ message: "go", conversationId: "nd", cwd: stage.cwd });
    const events = lines.map(({ event }) => event);
    checkOrder(events);
    expect(events.slice(0, 3)).toMatchObject([
      { type: "user-message", text: "go", seq: 2 },
      { type: "turn-start" },
      { type: "status-changed", status: "active" },
    ]);
    const { text: streamed, view } = textOfEvents(events);
    const sent = stage.provider.sent.map((each) => each.text).join("");
    expect(streamed).toBe(finalText);
    expect(sent.endsWith(finalText)).toBe(true);
    const messages = await stage.api.messages("nd");
    expect(messages).toEqual(view.messages);
    expect(messages.map(({ role }) => role)).toEqual([
      "user",
      "assistant",
      "tool",
      "assistant",
      "tool",
      "assistant",
    ]);
    expect(messages[2]?.chunks).toMatchObject([{ output: "alpha" }, { output: "beta 😀" }]);
    expect(stage.provider.violations()).toEqual([]);
  });

  it("streams the same as SSE, with ids that resume and bare events", async () => {
    threeSteps();
    const body = { message: "go", conversationId: "sse", cwd: stage.cwd };
    const response = await stage.api.request("POST", "/chat", body, { accept: "text/event-stream" });
    expect(response.headers.get("x-conversation-id")).toBe("sse");
    const turnId = response.headers.get("x-turn-id");
    const events = await collect(sse(response));
    checkOrder(events.map(({ data }) => data as DispatchEvent));
    expect(textOfEvents(events.map(({ data }) => data as DispatchEvent)).text).toBe(finalText);
    for (const { event, data } of events) expect(event).toBe((data as DispatchEvent).type);
    expect(events.at(-1)?.data).toMatchObject({ type: "turn-sealed", turnId });
    expect(assistantText(await stage.api.messages("sse"))).toBe(finalText);
  });

  it("is accepted with 202 for Prefer: respond-async and answers on /last", async () => {
    threeSteps();
    const body = { message: "go", conversationId: "async", cwd: stage.cwd };
    const response = await stage.api.request("POST", "/chat", body, { prefer: "respond-async" });
    expect(response.status).toBe(202);
    const accepted = (await response.json()) as {
      turnId: string;
      cursor: string;
      seq: number;
      messageId: string;
    };
    expect(accepted).toMatchObject({ conversationId: "async", seq: 2 });
    const last = await stage.api.json("GET", "/conversations/async/last");
    expect(last).toMatchObject({
      turnId: accepted.turnId,
      reason: "completed",
      text: expect.stringContaining("Done: alpha"),
    });
    expect(await stage.api.json("GET", "/conversations/async/status")).toMatchObject({ status: "idle" });
  });
});

describe("a provider that fails", () => {
  it("with 429 and Retry-After, then works: visible, waited for, not doubled", async () => {
    stage.provider.script(rateLimited(1));
    stage.provider.script(reply(text("after the wait")));
    const began = Date.now();
    const lines = await stage.api.chat({ message: "x", conversationId: "retry", cwd: stage.cwd });
    const retries = lines.map(({ event }) => event).filter((event) => event.type === "provider-retry");
    expect(retries).toMatchObject([{ attempt: 1, delayMs: 1_000, error: { retryable: true } }]);
    expect(Date.now() - began).toBeGreaterThanOrEqual(1_000);
    expect(assistantText(await stage.api.messages("retry"))).toBe("after the wait");
  });

  it.each([
    ["a cut stream", reply(text("half "), { cut: true } as const)],
    ["a stream without its end", reply(text("half "), { end: "no-finish" } as const)],
    [
      "an error in mid-stream",
      reply(text("half "), { errorEvent: { message: "overloaded", type: "server_error" } } as const),
    ],
  ])("after content, by %s: the text is kept, the turn ends with an error", async (_name, scripted) => {
    stage.provider.script(scripted);
    const before = stage.provider.requests.length;
    const lines = await stage.api.chat({ message: "x", cwd: stage.cwd });
    const types = lines.map(({ event }) => event.type);
    expect(types).toContain("error");
    expect(lines.find(({ event }) => event.type === "done")?.event).toMatchObject({ reason: "error" });
    const id = lines[0]?.event.conversationId ?? "";
    expect(assistantText(await stage.api.messages(id))).toBe("half ");
    expect(stage.provider.requests.length).toBe(before + 1);
    // And it goes on: the history is one that the strict server takes.
    stage.provider.script(reply(text("well again")));
    await stage.api.chat({ message: "again", conversationId: id });
    expect(assistantText(await stage.api.messages(id))).toBe("half well again");
  });

  it("with a refusal that a retry cannot mend: says so at once", async () => {
    stage.provider.script({
      status: 401,
      body: { error: { message: "bad key sk-e2e", code: "invalid_api_key" } },
    });
    const lines = await stage.api.chat({ message: "x", cwd: stage.cwd });
    expect(lines.map(({ event }) => event)).toContainEqual(
      expect.objectContaining({ type: "error", code: "provider-auth", retryable: false }),
    );
    expect(JSON.stringify(lines)).not.toContain("sk-e2e");
  });
});

it("answers malformed arguments and unknown tools as tool results, and never sends them back raw", async () => {
  const { provider, api, cwd } = stage;
  provider.script(
    reply(
      calls(
        { name: "read_file", args: '{"path": "a.txt' },
        { name: "raed_file", args: { path: "a.txt" } },
        { name: "read_file", args: { file: "a.txt" } },
      ),
    ),
  );
  provider.script(reply(text("sorry")));
  await api.chat({ message: "x", conversationId: "malformed", cwd });
  const results = (await api.messages("malformed"))
    .flatMap(({ chunks }) => chunks)
    .filter((chunk) => chunk.type === "tool-result");
  expect(results).toMatchObject([
    { isError: true },
    { isError: true, output: expect.stringContaining("read_file") },
    { isError: true, output: expect.stringMatching(/path|file/) },
  ]);
  expect(provider.violations()).toEqual([]);
});

it("tries a 500 again before content", async () => {
  const slow = await setStage({ args: [] });
  try {
    slow.provider.script(serverError(500));
    const response = await slow.api.request("POST", "/chat", {
      message: "x",
      conversationId: "c",
      cwd: slow.cwd,
    });
    const seen: StreamLine[] = [];
    const { ndjson } = await import("../support/api.ts");
    for await (const line of ndjson(response)) {
      seen.push(line);
      if (line.event.type === "provider-retry") await slow.api.json("POST", "/conversations/c/stop", {});
    }
    expect(seen.map(({ event }) => event.type).slice(-3)).toEqual(["done", "status-changed", "turn-sealed"]);
    expect(seen.find(({ event }) => event.type === "done")?.event).toMatchObject({ reason: "aborted" });
  } finally {
    await slow.end();
  }
});
