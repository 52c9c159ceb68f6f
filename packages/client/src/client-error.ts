/** Errors of the client: what the server answered as a problem, or that it could not be reached. */
import type { Problem } from "@dispatch/wire";

/**
 * `code` is one of the server's error table, or one of the client's own: `unreachable` (no connection), `bad-answer`
 * (not what a Dispatch server says), `stream-ended` (cut, and not resumed in time); of a live connection also
 * `connection-lost` (a request that is not repeated by itself), `too-many-pending`, `gap` (a stream that cannot be put
 * together) and `closed` (by `close()`).
 */
export interface ClientError extends Error {
  readonly code: string;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly details: {
    readonly fix?: string | undefined;
    readonly errors?: Problem["errors"];
    readonly retryAfterMs?: number | undefined;
    /** Further members of the problem, e.g. `turnId` of the running turn. */
    readonly data: Readonly<Record<string, unknown>>;
  };
}

export function isClientError(error: unknown): error is ClientError {
  return error instanceof Error && error.name === "DispatchClientError";
}

/** Makes one of the client's own. */
export function clientError(
  code: string,
  message: string,
  options: { status?: number; details?: ClientError["details"]; cause?: unknown } = {},
): ClientError {
  const error = new Error(message, options.cause === undefined ? undefined : { cause: options.cause });
  error.name = "DispatchClientError";
  return Object.assign(error, {
    code,
    status: options.status ?? 0,
    details: options.details ?? { data: {} },
  });
}

const isProblem = (body: unknown): body is Problem =>
  typeof body === "object" &&
  body !== null &&
  "code" in body &&
  typeof body.code === "string" &&
  "title" in body;

/** Reads the error out of an answer that is not a success. */
export async function errorOf(response: Response): Promise<ClientError> {
  const { status } = response;
  const text = await response.text().catch(() => ""); // cut while reading: the status alone says enough
  const body = parseJson(text);
  if (!isProblem(body)) {
    const message = `The server answered ${status}${response.statusText ? ` ${response.statusText}` : ""}.`;
    return clientError("bad-answer", message, { status });
  }
  return problemError(body, status);
}

/** What the server said as a problem. */
export function problemError(problem: Problem, status: number = problem.status): ClientError {
  const { type: _type, title, status: _status, code, detail, fix, errors, retryAfterMs, ...data } = problem;
  return clientError(code, detail || title, {
    status,
    details: { fix, errors, retryAfterMs: waitOf(retryAfterMs), data },
  });
}

const longestWaitMs = 3_600_000;

/** What is no time is none; timers take longer ones for none, and would ask without a pause. */
const waitOf = (told: unknown): number | undefined =>
  typeof told === "number" && told > 0 ? Math.min(told, longestWaitMs) : undefined;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not JSON: not an answer of Dispatch
  }
}
