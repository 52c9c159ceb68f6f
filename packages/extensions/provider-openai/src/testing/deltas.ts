/** Steps as the deltas the API would stream for them, and deltas as what has been said. Pure. */
import { randomBytes } from "node:crypto";
import type { SentReply } from "./records.ts";
import type { CallsStep, Cut } from "./reply.ts";

/** The `delta` of one chunk. */
export interface Delta {
  readonly role?: "assistant";
  readonly content?: string | null;
  readonly refusal?: null;
  readonly reasoning_content?: string;
  readonly tool_calls?: readonly CallDelta[];
}

/** A piece of a tool call: the first one names it, the others only carry argument text. */
export interface CallDelta {
  readonly index: number;
  readonly id?: string;
  readonly type?: "function";
  readonly function: { readonly name?: string; readonly arguments: string };
}

/**
 * `text` in pieces, never inside a code point. By default one piece per four code points, 64 at most.
 *
 * @example
 * cutText('abcdef', { chunks: [1, 2] }); // ['a', 'bc', 'def']
 */
export function cutText(text: string, { chunks }: Cut = {}): string[] {
  const points = Array.from(text);
  const count = chunks ?? Math.min(64, Math.ceil(points.length / 4));
  const sizes = typeof count === "number" ? evenSizes(points.length, count) : [...count, points.length];
  const pieces: string[] = [];
  let at = 0;
  for (const size of sizes) {
    if (at < points.length && size > 0) pieces.push(points.slice(at, at + size).join(""));
    at += size;
  }
  return pieces;
}

function evenSizes(length: number, count: number): number[] {
  const wanted = Math.max(1, Math.min(count, length));
  return Array.from(
    { length: wanted },
    (_, i) => Math.floor(((i + 1) * length) / wanted) - Math.floor((i * length) / wanted),
  );
}

/** The deltas of parallel calls: all opened first, then their arguments in turns, as one stream. */
export function callDeltas(step: CallsStep, firstIndex: number): Delta[] {
  const opened: CallDelta[] = step.toolCalls.map(({ id, name }, i) => ({
    index: firstIndex + i,
    id: id ?? `call_${randomBytes(12).toString("hex")}`,
    type: "function",
    function: { name, arguments: "" },
  }));
  const pieces = step.toolCalls.map(({ args }) => {
    const points = Array.from(typeof args === "string" ? args : JSON.stringify(args));
    return cutText(points.join(""), { chunks: Math.ceil(points.length / (step.splitEvery ?? 8)) });
  });
  const rounds = Math.max(0, ...pieces.map((list) => list.length));
  const filled = Array.from({ length: rounds }, (_, round) =>
    pieces.flatMap((list, i): CallDelta[] => {
      const piece = list[round];
      return piece === undefined ? [] : [{ index: firstIndex + i, function: { arguments: piece } }];
    }),
  );
  return [...opened, ...filled.flat()].map((call) => ({ tool_calls: [call] }));
}

/** Adds what `delta` says to what was sent so far. */
export function addDelta(sent: SentReply, delta: Delta): void {
  sent.text += delta.content ?? "";
  sent.reasoning += delta.reasoning_content ?? "";
  for (const { index, id, function: part } of delta.tool_calls ?? []) {
    if (id !== undefined) {
      sent.toolCalls.push({ index, id, name: part.name ?? "", arguments: part.arguments });
      continue;
    }
    const call = sent.toolCalls.find((other) => other.index === index);
    if (call !== undefined) call.arguments += part.arguments;
  }
}
