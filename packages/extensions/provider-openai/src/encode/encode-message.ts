/**
 * Messages as the dialect writes them. Each is encoded once: the JSON is kept by the message's identity for as long as
 * the message lives, so a request costs what joining strings costs, whatever the history.
 */
import type { ModelChunk, ModelMessage } from "@dispatch/kernel";
import { reasoningField } from "../reasoning-data.ts";
import { toJson } from "./to-json.ts";

/** What a model gets of an attachment, by its id; none for those that it cannot see. */
export type Shown = ReadonlyMap<string, object>;

/** JSON of the messages of the dialect that one message makes, joined by commas; "" when it has nothing to say. */
export type EncodeMessage = (message: ModelMessage, shown: Shown) => string;

/** An encoder with its own memory. What shows attachments is not kept: it may be large, and models differ in what they see. */
export function createMessageEncoder(): EncodeMessage {
  const known = new WeakMap<ModelMessage, string>();
  return (message, shown) => {
    if (
      shown.size > 0 &&
      message.chunks.some((chunk) => chunk.type === "image" && shown.has(chunk.attachmentId))
    )
      return toJson({ role: message.role, content: partsOf(message.chunks, shown) });
    let json = known.get(message);
    if (json === undefined) {
      json = encode(message).map(toJson).join(",");
      known.set(message, json);
    }
    return json;
  };
}

function encode(message: ModelMessage): object[] {
  switch (message.role) {
    case "assistant":
      return assistant(message.chunks);
    case "tool":
      return message.chunks.flatMap((chunk) =>
        chunk.type === "tool-result"
          ? [{ role: "tool", tool_call_id: chunk.callId, content: chunk.output }]
          : [],
      );
    case "user":
    case "system": {
      const content = message.chunks.map(textOf).filter(Boolean).join("\n");
      return content === "" ? [] : [{ role: message.role, content }];
    }
  }
}

/** The model is told of an attachment that it cannot see, or it would make up what it shows. */
function textOf(chunk: ModelChunk): string {
  if (chunk.type === "text") return chunk.text;
  return chunk.type === "image" ? `[An attachment (${chunk.mimeType}) that you cannot see]` : "";
}

function partsOf(chunks: readonly ModelChunk[], shown: Shown): object[] {
  return chunks.flatMap((chunk): object[] => {
    const part = chunk.type === "image" ? shown.get(chunk.attachmentId) : undefined;
    if (part) return [part];
    const text = textOf(chunk);
    return text === "" ? [] : [{ type: "text", text }];
  });
}

/** A message without text and calls is left out: servers refuse it. */
function assistant(chunks: readonly ModelChunk[]): object[] {
  const text = chunks.map((chunk) => (chunk.type === "text" ? chunk.text : "")).join("");
  const calls = chunks.flatMap((chunk) =>
    chunk.type === "tool-call"
      ? [
          {
            id: chunk.callId,
            type: "function",
            function: { name: safeName(chunk.name), arguments: safeInput(chunk.input) },
          },
        ]
      : [],
  );
  if (text === "" && calls.length === 0) return [];
  return [
    {
      role: "assistant",
      content: text === "" ? null : text,
      ...reasoningWanted(chunks),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    },
  ];
}

/** Reasoning goes back only under the name its own server asked for. */
function reasoningWanted(chunks: readonly ModelChunk[]): Record<string, string> {
  const wanted: Record<string, string> = {};
  for (const chunk of chunks) {
    const field = chunk.type === "reasoning" ? reasoningField(chunk.providerData) : undefined;
    if (field !== undefined && chunk.type === "reasoning") wanted[field] = (wanted[field] ?? "") + chunk.text;
  }
  return wanted;
}

/** Models call tools by impossible names; one such call in the history must not make every later request invalid. */
const safeName = (name: string): string => name.replace(/[^a-zA-Z0-9_-]/g, "_").slice(0, 64) || "unknown";

const safeInput = (input: unknown): string =>
  typeof input === "object" && input !== null && !Array.isArray(input) ? toJson(input) : "{}";
