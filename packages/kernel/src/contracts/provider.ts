/** Providers: whoever answers a request with a stream of text, reasoning and tool calls. */
import type { Chunk, Effort, TurnError, Usage } from "@dispatch/wire";
import type { Logger } from "./host-api.ts";
import type { ToolSpec } from "./tool.ts";

/** A part of a message as a model gets it. Reasoning and calls carry the data their provider wants back. */
export type ModelChunk = Chunk & { readonly providerData?: unknown };

/**
 * A message for a model. Frozen by convention: a changed message is a new object, so its encoding can be cached by
 * identity. A `tool` message follows its `assistant` message and answers each of its calls once, in call order.
 */
export interface ModelMessage {
  readonly messageId: string;
  readonly role: "user" | "assistant" | "tool" | "system";
  readonly chunks: readonly ModelChunk[];
}

export interface ProviderRequest {
  /** The provider's own name of the model. */
  readonly model: string;
  readonly system?: string | undefined;
  readonly messages: readonly ModelMessage[];
  /** Sorted by name; byte-stable over the steps of a turn. */
  readonly tools: readonly ToolSpec[];
  readonly effort: Effort;
  readonly maxOutputTokens?: number | undefined;
  /** For cache affinity. */
  readonly conversationId: string;
  /** The bytes behind an `image` chunk, always the same ones; undefined when they are not there (any more). Absent: none are. */
  readonly attachment?: ReadAttachment | undefined;
}

export type ReadAttachment = (attachmentId: string) => Promise<Uint8Array | undefined>;

export type FinishReason = "stop" | "tool-calls" | "length" | "content-filter" | "other";

/** A failure as a provider reports it. `retryable`: the same request may work later (429, 5xx, overloaded, network). */
export interface ProviderFailure extends TurnError {
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

/**
 * Every stream ends with exactly one `finish` or `error`, or throws; the kernel makes a stream which just ends into a
 * retryable error `truncated`. `input` of a call is the raw argument text: the kernel parses it. `providerData` belongs to the
 * text of its kind up to and with its event and ends that part: what follows is another. Usage is the request's so far, not
 * an addition to the last report.
 */
export type ProviderEvent =
  | { readonly type: "text"; readonly text: string; readonly providerData?: unknown }
  | { readonly type: "reasoning"; readonly text: string; readonly providerData?: unknown }
  | {
      readonly type: "tool-call";
      readonly name: string;
      readonly input: string;
      readonly providerData?: unknown;
    }
  | { readonly type: "usage"; readonly usage: Usage }
  | { readonly type: "finish"; readonly reason: FinishReason; readonly usage?: Usage | undefined }
  | { readonly type: "error"; readonly error: ProviderFailure };

export interface ProviderModel {
  readonly name: string;
  readonly displayName?: string | undefined;
  /** Tokens. */
  readonly contextWindow?: number | undefined;
}

export interface Provider {
  /**
   * Starts the request at the first `next()`. Yields single events or the events of one network read together (cheaper).
   * `signal` closes the connection. Never retries by itself.
   */
  stream(
    request: ProviderRequest,
    context: { signal: AbortSignal; log: Logger },
  ): AsyncIterable<ProviderEvent | readonly ProviderEvent[]>;
  /** What it serves now. */
  models(signal: AbortSignal): Promise<readonly ProviderModel[]>;
}

/** A credential as a provider kind gets it. */
export interface Endpoint {
  /** Name of the credential, the first part of `<credential>/<model>`. */
  readonly credential: string;
  readonly baseUrl?: string | undefined;
  /** Read when needed, so that a changed secret is picked up. */
  apiKey(): string | undefined;
}

/** What an extension contributes to `providers`, under the name of the dialect: `openai`, `anthropic`, `offline`. */
export interface ProviderKind {
  /** No network is touched here. */
  connect(endpoint: Endpoint): Provider;
}
