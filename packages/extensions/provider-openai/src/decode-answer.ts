/** Chunks to provider events: pure, fed with text, tested without a server. This is the hot path of every answer. */
import type { FinishReason, ProviderEvent, ProviderFailure } from "@dispatch/kernel";
import type { Usage } from "@dispatch/wire";
import { createParser } from "eventsource-parser";
import { createCallAssembly } from "./assemble-calls.ts";
import { isObject, someText, type WireChoice, type WireChunk, type WireDelta } from "./chunk-shape.ts";
import { malformed, truncated } from "./failure.ts";
import { usageOf } from "./usage.ts";

/** Characters that may wait for the end of their line, and of tool arguments for the end of their call. */
const maxWaiting = 16 * 1024 * 1024;

export interface DecodeOptions {
  /** Given at the end of each block of reasoning. */
  readonly reasoningData?: unknown;
  /** Reads an error object that came in the place of a chunk. */
  readonly failureOf: (error: unknown) => ProviderFailure;
}

/** A pair may be cut over two chunks, or over two network reads: its first half waits for the second. */
const highHalf = /[\ud800-\udbff]$/;

/** All of one answer. Text of one kind that came together is one event. */
export interface AnswerDecoder {
  /** Takes text of an event stream as it comes, cut anywhere. */
  feed(text: string): ProviderEvent[];
  /** Takes a whole completion, from a server that does not stream. */
  whole(completion: unknown): ProviderEvent[];
  /** The connection is closed; `failure` says why when it was not closed properly. */
  close(failure?: ProviderFailure): ProviderEvent[];
  /** The last event was given; nothing comes any more. */
  readonly ended: boolean;
}

const reasons: Readonly<Record<string, FinishReason>> = {
  stop: "stop",
  tool_calls: "tool-calls",
  function_call: "tool-calls",
  length: "length",
  content_filter: "content-filter",
};

export function createAnswerDecoder({ reasoningData, failureOf }: DecodeOptions): AnswerDecoder {
  const calls = createCallAssembly();
  let events: ProviderEvent[] = [];
  let run: { kind: "text" | "reasoning"; text: string } | undefined;
  let usage: Usage | undefined;
  let finishReason: string | undefined;
  let ended = false;

  /** Gives what was said since the last time. `over`: no more of this kind follows, so a held half is given too. */
  function giveRun(over: boolean): void {
    if (run === undefined) return;
    const { kind, text } = run;
    const held = over ? "" : (highHalf.exec(text)?.[0] ?? "");
    const given = held === "" ? text : text.slice(0, -1);
    if (given !== "") events.push({ type: kind, text: given });
    // The data belongs to the whole block before it.
    if (over && kind === "reasoning" && reasoningData !== undefined)
      events.push({ type: "reasoning", text: "", providerData: reasoningData });
    run = over ? undefined : { kind, text: held };
  }

  function say(kind: "text" | "reasoning", text: string): void {
    if (run?.kind === kind) {
      run.text += text;
      return;
    }
    giveRun(true);
    run = { kind, text };
  }

  function fail(error: ProviderFailure): void {
    if (ended) return;
    giveRun(true);
    if (usage) events.push({ type: "usage", usage });
    events.push({ type: "error", error });
    ended = true;
  }

  function finish(): void {
    if (ended) return;
    giveRun(true);
    events.push(...calls.finish());
    const given = finishReason === undefined ? "stop" : (reasons[finishReason] ?? "other");
    // Some servers say "stop" although the model called tools.
    const reason = given === "stop" && calls.any ? "tool-calls" : given;
    events.push({ type: "finish", reason, ...(usage && { usage }) });
    ended = true;
  }

  function takeDelta(delta: WireDelta): void {
    const { content, tool_calls: pieces } = delta;
    const thought = someText(delta.reasoning_content) ?? someText(delta.reasoning);
    if (thought !== undefined) say("reasoning", thought);
    if (typeof content === "string") {
      if (content !== "") say("text", content);
    } else if (Array.isArray(content)) for (const part of content) takePart(part);
    const refusal = someText(delta.refusal);
    if (refusal !== undefined) say("text", refusal);
    if (!Array.isArray(pieces) || pieces.length === 0) return;
    giveRun(true);
    events.push(...calls.add(pieces));
    if (calls.length > maxWaiting) fail(malformed("Arguments of a tool call are longer than 16 MiB."));
  }

  /** Content in parts: text, and thinking as a list of texts. */
  function takePart(part: unknown): void {
    if (!isObject(part)) return;
    const thinking = Array.isArray(part.thinking) ? part.thinking : [];
    for (const thought of thinking) if (isObject(thought)) say("reasoning", someText(thought.text) ?? "");
    const text = someText(part.text);
    if (text !== undefined) say("text", text);
  }

  function takeChunk(chunk: WireChunk): void {
    const choice: WireChoice | undefined = Array.isArray(chunk.choices) ? chunk.choices[0] : undefined;
    if (choice) {
      const delta = choice.delta ?? choice.message;
      if (delta) takeDelta(delta);
      if (choice.finish_reason) finishReason = String(choice.finish_reason);
    }
    if (chunk.usage) usage = usageOf(chunk.usage) ?? usage;
    else if (isObject(chunk.x_groq)) usage = usageOf(chunk.x_groq.usage) ?? usage;
  }

  function takeValue(value: unknown, isError: boolean): void {
    if (!isObject(value)) fail(malformed("A chunk of the answer is not an object."));
    else if (value.error || isError || value.object === "error") fail(failureOf(value));
    else takeChunk(value);
  }

  function takeData(event: string | undefined, data: string): void {
    if (ended || data === "") return;
    if (data.startsWith("[DONE]")) {
      finish();
      return;
    }
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      fail(malformed("A chunk of the answer is not JSON."));
      return;
    }
    takeValue(value, event === "error");
  }

  const parser = createParser({
    maxBufferSize: maxWaiting,
    onEvent: ({ event, data }) => takeData(event, data),
    // Unknown fields and bad `retry` values are to be ignored by the standard; a line without end is not.
    onError: (error) => {
      if (error.type === "max-buffer-size-exceeded")
        fail(malformed("A line of the answer is longer than 16 MiB."));
    },
  });

  function taken(): ProviderEvent[] {
    giveRun(ended);
    const out = events;
    events = [];
    return out;
  }

  return {
    get ended() {
      return ended;
    },
    feed(text) {
      if (!ended) parser.feed(text);
      return taken();
    },
    whole(completion) {
      const answers = isObject(completion) && (completion.error || Array.isArray(completion.choices));
      if (answers) takeValue(completion, false);
      else fail(malformed("The answer is JSON, but no completion.", false));
      finish();
      return taken();
    },
    close(failure) {
      // A last line without its line end still counts; a stream cut after the finish reason lost nothing but usage.
      if (!ended && failure === undefined) parser.feed("\n\n");
      if (finishReason !== undefined) finish();
      else fail(failure ?? truncated());
      return taken();
    },
  };
}
