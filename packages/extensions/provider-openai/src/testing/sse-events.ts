/** An SSE reader written apart from the server and from the provider, to check what really crossed the wire. */
import { isObject, type JsonObject } from "./fault.ts";

/** What a stream said, put together from its bytes. */
export interface Heard {
  /** The parsed `data:` events, without `[DONE]`. */
  readonly events: readonly JsonObject[];
  readonly done: boolean;
  /** True when the connection broke before the body was over. */
  readonly broken: boolean;
  readonly text: string;
  readonly reasoning: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  readonly finish: unknown;
}

/** Reads all of `response` and puts it together. */
export async function hear(response: Response): Promise<Heard> {
  const parts: Uint8Array[] = [];
  let broken = false;
  try {
    for await (const part of response.body ?? []) parts.push(part);
  } catch {
    broken = true;
  }
  const blocks = Buffer.concat(parts).toString("utf8").split("\n\n").slice(0, -1);
  const data = blocks.map((block) => block.replace(/^data: /, ""));
  const events = data.filter((line) => line !== "[DONE]").map((line): JsonObject => JSON.parse(line));
  const deltas = events.map((event) => object(object(list(event.choices)[0]).delta));
  const finishes = events.map((event) => object(list(event.choices)[0]).finish_reason ?? null);
  return {
    events,
    done: data.at(-1) === "[DONE]",
    broken,
    text: deltas.map((delta) => delta.content ?? "").join(""),
    reasoning: deltas.map((delta) => delta.reasoning_content ?? "").join(""),
    calls: joinCalls(deltas.flatMap((delta) => list(delta.tool_calls)).map(object)),
    finish: finishes.find((finish) => finish !== null) ?? null,
  };
}

function joinCalls(pieces: readonly JsonObject[]): Heard["calls"] {
  const indexes = [...new Set(pieces.map((piece) => piece.index))];
  return indexes.map((index) => {
    const own = pieces.filter((piece) => piece.index === index);
    return {
      id: own.map((piece) => piece.id ?? "").join(""),
      name: own.map((piece) => object(piece.function).name ?? "").join(""),
      arguments: own.map((piece) => object(piece.function).arguments).join(""),
    };
  });
}

function object(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
