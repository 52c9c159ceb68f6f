/** HTTP answers, errors inside a stream and connection errors as provider failures. Pure. */
import type { ProviderFailure } from "@dispatch/kernel";
import { isObject, someText } from "./chunk-shape.ts";
import { failure, idle } from "./failure.ts";
import { retryAfterMs } from "./retry-after.ts";

/** What a failure may and may not say. */
export interface FailureContext {
  readonly credential: string;
  readonly model?: string | undefined;
  /** Base URL as shown to people. */
  readonly baseUrl: string;
  /** Never appears in a message, even when the server repeats it. */
  readonly apiKey: string | undefined;
}

/** An error answer. `body`: its text. `now`: Unix ms, for dates in `Retry-After`. */
export function statusFailure(
  status: number,
  headers: Headers,
  body: string,
  now: number,
  context: FailureContext,
): ProviderFailure {
  return classify({ ...readError(parse(body) ?? body), status }, context, retryAfterMs(headers, now));
}

/** The object in an error event of a stream, or in the place of a completion. */
export function streamFailure(error: unknown, context: FailureContext): ProviderFailure {
  return classify(readError(error), context);
}

/** What `fetch` or reading its body rejected with. */
export function networkFailure(error: unknown, idleMs: number, { baseUrl }: FailureContext): ProviderFailure {
  const code = causeCode(error);
  if (/^UND_ERR_(HEADERS|BODY)_TIMEOUT$/.test(code)) return idle(idleMs);
  const tls = /CERT|SELF_SIGNED|ERR_TLS|ERR_SSL|UNABLE_TO_VERIFY/.test(code);
  const shown = code === "" ? "" : ` (${code})`;
  return failure("provider-network", `The connection to ${baseUrl} failed${shown}.`, !tls, {
    fix: tls
      ? "The server's certificate is not trusted, or the address is not one of HTTPS."
      : "Check that the server runs and the network works.",
  });
}

interface FoundError {
  readonly status?: number | undefined;
  readonly code: string;
  readonly message: string;
}

/** `{error: {message, code, type}}`, the inner object alone, `{error: "text"}`, `{message}`, `{detail}`, or plain text. */
function readError(value: unknown): FoundError {
  if (isObject(value) && value.error) return readError(value.error);
  if (!isObject(value))
    return { code: "", message: typeof value === "string" && !/^\s*</.test(value) ? value.trim() : "" };
  const { code, type, message, detail, status } = value;
  const numbers = [code, status].map(Number).filter((number) => number >= 400 && number < 600);
  const text = someText(message) ?? someText(detail) ?? JSON.stringify(detail ?? "");
  return {
    status: numbers[0],
    code: [code, type].filter((part) => typeof part === "string").join(" "),
    message: text,
  };
}

const overflow =
  /context.?length|context.?window|context.?size|maximum context|prompt is too long|input is too long|too many (input )?tokens|exceeds the (available|model's) context/i;

function classify(found: FoundError, context: FailureContext, wait?: number): ProviderFailure {
  const { status = 0, code } = found;
  const { credential, model, baseUrl } = context;
  const said = redact(found.message, context.apiKey);
  const make = (name: string, fallback: string, retryable: boolean, fix?: string): ProviderFailure =>
    failure(name, said === "" || said === '""' ? fallback : said, retryable, {
      ...(status === 0 ? {} : { status }),
      ...(retryable && wait !== undefined ? { retryAfterMs: wait } : {}),
      ...(fix === undefined ? {} : { fix }),
    });

  if (status === 402 || /insufficient_(quota|balance|credits)|billing/.test(code))
    return make(
      "provider-billing",
      "The account cannot pay.",
      false,
      `Check the plan and balance behind the credential "${credential}".`,
    );
  if (status === 401 || status === 403 || /invalid_api_key|authentication/.test(code))
    return make(
      "provider-auth",
      "The API key was refused.",
      false,
      `Check the API key of the credential "${credential}".`,
    );
  if (
    status === 413 ||
    (status !== 429 && (/context_length|exceed_context/.test(code) || overflow.test(said)))
  )
    return make(
      "context-overflow",
      "The conversation is longer than the model takes.",
      false,
      "Compact it (`dispatch compact <id>`), or take a model with a larger context.",
    );
  if (/model_not_found/.test(code) || (status === 404 && /\bmodel\b/i.test(said)))
    return make(
      "unknown-model",
      `There is no model "${model ?? ""}".`,
      false,
      `\`dispatch models\` lists what "${credential}" has.`,
    );
  if (status === 404)
    return make(
      "provider-not-found",
      `There is nothing at ${baseUrl}.`,
      false,
      `Check the base URL of the credential "${credential}": ${baseUrl}.`,
    );
  if (status === 429 || /rate_limit/.test(code))
    return make(
      "rate-limited",
      "Too many requests.",
      true,
      "Nothing: it is tried again. If it stays, run fewer turns at once with this credential.",
    );
  if (status === 503 || status === 529 || /overloaded/.test(code))
    return make(
      "provider-overloaded",
      "The model is overloaded.",
      true,
      "Nothing: it is tried again. Another model may answer now.",
    );
  if (status >= 500 || status === 408 || status === 409 || status === 425 || status === 0)
    return make(
      "provider-server",
      status === 0 ? "The model server reported an error." : `The model server failed (${status}).`,
      true,
      "Nothing: it is tried again. If it stays, see whether the model server is well.",
    );
  return make(
    "provider-refused",
    `The model server refused the request (${status}).`,
    false,
    "Its own words say why. Another model may take it.",
  );
}

/** A redirect is not followed: it would carry the key elsewhere. */
export function redirectFailure(
  status: number,
  location: string | null,
  { credential, baseUrl }: FailureContext,
): ProviderFailure {
  const target =
    location !== null && URL.canParse(location, baseUrl) ? new URL(location, baseUrl) : undefined;
  const where = target === undefined ? "elsewhere" : `to ${target.origin}${target.pathname}`;
  return failure("provider-redirect", `${baseUrl} redirects ${where}; the key is not sent there.`, false, {
    status,
    fix: `If that is the right server, set it as the base URL of the credential "${credential}".`,
  });
}

/** Takes the key out, and anything that looks like an authorization header. */
function redact(text: string, apiKey: string | undefined): string {
  const clean = text.replace(/\bBearer\s+[^\s"',}]+/gi, "Bearer [redacted]");
  return apiKey ? clean.replaceAll(apiKey, "[redacted]") : clean;
}

function causeCode(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if ("code" in at && typeof at.code === "string") return at.code;
    if (at instanceof AggregateError && at.errors.length > 0) return causeCode(at.errors[0]);
  }
  return "";
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
