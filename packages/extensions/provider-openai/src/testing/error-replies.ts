/** Replies in the shape of the real API's errors. */
import type { WholeReply } from "./reply.ts";

/** The object under `error` in every refusal of the API. */
export interface ApiError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

/** Any error reply: `{ error: { message, type, param, code } }` with this status. */
export function errorReply(
  status: number,
  error: Partial<ApiError> & { readonly message: string },
  headers: { readonly [name: string]: string } = {},
): WholeReply {
  return {
    status,
    headers,
    body: { error: { type: "invalid_request_error", param: null, code: null, ...error } },
  };
}

/** 429 with a `Retry-After` header in seconds; without an argument the header is left out. */
export function rateLimited(retryAfterSeconds?: number): WholeReply {
  const wait = retryAfterSeconds ?? 1;
  return errorReply(
    429,
    {
      message: `Rate limit reached for requests. Please try again in ${wait}s. Visit https://platform.openai.com/account/rate-limits to learn more.`,
      type: "requests",
      code: "rate_limit_exceeded",
    },
    retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) },
  );
}

/** 429 that no waiting repairs: the account has no money left. */
export function quotaExceeded(): WholeReply {
  const message = "You exceeded your current quota, please check your plan and billing details.";
  return errorReply(429, { message, type: "insufficient_quota", code: "insufficient_quota" });
}

/** A failure on the API's side; 500 unless said otherwise (502, 503, 529…). */
export function serverError(status = 500): WholeReply {
  const message = "The server had an error while processing your request. Sorry about that!";
  return errorReply(status, { message, type: "server_error" });
}

/** 400: the messages do not fit into the context window of `limit` tokens (default 128000). */
export function contextOverflow(limit = 128_000): WholeReply {
  const message = `This model's maximum context length is ${limit} tokens. However, your messages resulted in ${limit + 1} tokens. Please reduce the length of the messages.`;
  return errorReply(400, { message, param: "messages", code: "context_length_exceeded" });
}

/** 401: wrong key. */
export function unauthorized(key = "sk-wrong"): WholeReply {
  const shown = key.length > 8 ? `${key.slice(0, 3)}***${key.slice(-4)}` : "***";
  const message = `Incorrect API key provided: ${shown}. You can find your API key at https://platform.openai.com/account/api-keys.`;
  return errorReply(401, { message, code: "invalid_api_key" });
}
