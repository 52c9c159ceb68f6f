/** What the server answers: plain data, so that a reply can come from a file or from inside a prompt. */

/** Token counts as the API reports them; a `usage` step may give any part of it, the rest is estimated. */
export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number };
  readonly completion_tokens_details: { readonly reasoning_tokens: number };
}

/** Pauses of a step in milliseconds: before its first chunk, and between its chunks. Default none. */
export interface Pace {
  readonly delayMs?: number;
  readonly everyMs?: number;
}

/** How a text is cut: into this many chunks, or into chunks of these sizes in code points, the rest last. */
export interface Cut {
  readonly chunks?: number | readonly number[];
}

/** One tool call. A string as `args` is sent as it is (malformed, perhaps); no `id` means a random one. */
export interface CallSpec {
  readonly id?: string;
  readonly name: string;
  readonly args: string | { readonly [name: string]: unknown };
}

/** Text of the answer (`delta.content`). */
export type TextStep = { readonly text: string } & Cut & Pace;
/** Text of the reasoning (`delta.reasoning_content`). */
export type ReasoningStep = { readonly reasoning: string } & Cut & Pace;
/** Tool calls, opened and then filled in turns, `splitEvery` code points at a time (default 8). */
export type CallsStep = { readonly toolCalls: readonly CallSpec[]; readonly splitEvery?: number } & Pace;
/** `deltas` times the same text delta, `perWrite` of them in one socket write (default 32). */
export interface FirehoseStep {
  readonly firehose: {
    readonly deltas: number;
    readonly text: string;
    readonly perWrite?: number;
    /** Pause between two writes in milliseconds. Default none. */
    readonly everyMs?: number;
  };
}

/**
 * One thing a streamed answer does. `finish` and `usage` say what to send when the steps are over (`usage: null`:
 * no usage at all); `silenceMs: 0` waits until the client leaves; `heldUntil` goes on when that is settled; `cut` destroys the socket; `end` closes the stream
 * cleanly but too early; `errorEvent` sends an error and ends the stream; `raw` writes bytes as they are.
 */
export type Step =
  | TextStep
  | ReasoningStep
  | CallsStep
  | FirehoseStep
  | { readonly silenceMs: number }
  | { readonly heldUntil: PromiseLike<unknown> }
  | { readonly cut: true }
  | { readonly end: "no-finish" | "no-done" }
  | { readonly errorEvent: { readonly [field: string]: unknown } }
  | { readonly raw: string }
  | { readonly usage: PartialUsage | null }
  | { readonly finish: FinishReason };

/** Why the model stopped. */
export type FinishReason = "stop" | "tool_calls" | "length" | "content_filter";

/** Any part of a usage. */
export type PartialUsage = {
  readonly [K in keyof Usage]?: Usage[K] extends number ? number : Partial<Usage[K]>;
};

/** What every reply may carry. `holdMs`: silence before the response headers; 0 means for ever. */
interface ReplyBase {
  readonly headers?: { readonly [name: string]: string };
  readonly holdMs?: number;
}

/** A whole HTTP response, usually an error. */
export interface WholeReply extends ReplyBase {
  readonly status: number;
  readonly body?: unknown;
}

/** A completion. `splitBytes` sends the SSE body in pieces of that many bytes, each its own HTTP chunk. */
export interface StepsReply extends ReplyBase {
  readonly steps: readonly Step[];
  readonly splitBytes?: number;
}

/** What the server answers to one request. */
export type Reply = WholeReply | StepsReply;

/** A completion made of these steps. */
export function reply(...steps: readonly Step[]): StepsReply {
  return { steps };
}

/** A step of answer text: `text('hello', { chunks: 2, everyMs: 5 })`. */
export function text(content: string, options: Cut & Pace = {}): TextStep {
  return { text: content, ...options };
}

/** A step of reasoning text. */
export function reasoning(content: string, options: Cut & Pace = {}): ReasoningStep {
  return { reasoning: content, ...options };
}

/** A step of parallel tool calls: `calls({ name: 'read', args: { path: 'a' } }, …)`. */
export function calls(...toolCalls: readonly CallSpec[]): CallsStep {
  return { toolCalls };
}

/** Nothing for `ms` milliseconds; 0, the default, waits until the client leaves. */
export function silence(ms = 0): Step {
  return { silenceMs: ms };
}

/** Nothing until `event` has come, for tests that decide themselves when an answer goes on. Not from inside a prompt. */
export function heldUntil(event: PromiseLike<unknown>): Step {
  return { heldUntil: event };
}

/** The socket is destroyed: as a first step before the response headers, else in the middle of the stream. */
export function cut(): Step {
  return { cut: true };
}
