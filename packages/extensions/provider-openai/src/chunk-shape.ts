/** Answers as servers send them: every field may be missing or of another type, so each is looked at before use. */

/** A streamed chunk, or a whole completion. */
export interface WireChunk {
  readonly choices?: unknown;
  readonly usage?: unknown;
  readonly error?: unknown;
  readonly object?: unknown;
  readonly x_groq?: unknown;
}

/** `choices[0]` of either: one has `delta`, the other `message`. */
export interface WireChoice {
  readonly delta?: WireDelta | null;
  readonly message?: WireDelta | null;
  readonly finish_reason?: unknown;
}

export interface WireDelta {
  readonly content?: unknown;
  readonly refusal?: unknown;
  readonly reasoning_content?: unknown;
  readonly reasoning?: unknown;
  readonly tool_calls?: unknown;
}

export interface WireCall {
  readonly index?: unknown;
  readonly id?: unknown;
  readonly function?: { readonly name?: unknown; readonly arguments?: unknown } | null;
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The value when it is a string with something in it. */
export const someText = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;
