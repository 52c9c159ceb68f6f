/** One request and its answer, as the events of each network read. */
import type { Logger, ProviderEvent, ProviderFailure, ProviderRequest } from "@dispatch/kernel";
import type { OpenAiDeps, Target } from "./connect.ts";
import { type Connection, openConnection } from "./connection.ts";
import { type AnswerDecoder, createAnswerDecoder } from "./decode-answer.ts";
import { encodeRequest } from "./encode/encode-request.ts";
import { idle, malformed } from "./failure.ts";
import { networkFailure, redirectFailure, statusFailure, streamFailure } from "./http-failure.ts";
import { reasoningData } from "./reasoning-data.ts";
import { type Attached, showAttachments } from "./show-attachments.ts";

const remoteIdleMs = 120_000;
const localIdleMs = 300_000;

/**
 * Streams one answer; ends with one `finish` or `error`, or without either when `signal` is aborted. Never throws,
 * never retries, never follows a redirect. Leaving the iterator early closes the connection.
 */
export async function* streamChat(
  request: ProviderRequest,
  target: Target,
  signal: AbortSignal,
  log: Logger,
  deps: OpenAiDeps,
): AsyncGenerator<readonly ProviderEvent[]> {
  const { base, context } = target;
  const idleMs = deps.settings.idleTimeoutMs ?? (base.local ? localIdleMs : remoteIdleMs);
  const decoder = createAnswerDecoder({
    reasoningData: reasoningData(base.hostname),
    failureOf: (error) => streamFailure(error, context),
  });
  const connection = openConnection(signal, deps, idleMs);
  try {
    const response = await ask(request, target, connection, log, deps);
    const refused = await refusalOf(response, connection, target, deps);
    if (refused) {
      log.debug("model server refused the request", { status: response.status, code: refused.code });
      yield decoder.close(refused);
    } else if (isJson(response)) yield decoder.whole(parse(await connection.text(response)));
    else yield* readStream(response, decoder, connection);
  } catch (error) {
    if (signal.aborted) return;
    const cause = connection.silent ? idle(idleMs) : networkFailure(error, idleMs, context);
    const last = decoder.close(cause);
    if (last.length > 0) yield last;
  } finally {
    connection.close();
  }
}

/**
 * Sends it. Pictures are left out, and the model is told, when the server refuses the request with them and takes it without:
 * else one picture would make every later turn of a conversation fail.
 */
async function ask(
  request: ProviderRequest,
  target: Target,
  connection: Connection,
  log: Logger,
  deps: OpenAiDeps,
): Promise<Response> {
  const { base, headers, official, noPictures } = target;
  const { model } = request;
  const post = ({ shown }: Attached) =>
    connection.wait(
      fetch(base.url("/chat/completions"), {
        method: "POST",
        headers,
        body: encodeRequest(request, official, deps.encodeHistory, shown),
        redirect: "manual",
        signal: connection.signal,
      }),
    );
  const attached = await showAttachments(request, !noPictures.has(model));
  const response = await post(attached);
  if (attached.pictures === 0 || !mayMeanPictures.has(response.status)) return response;
  const without = await post(await showAttachments(request, false));
  const [kept, left] = without.ok ? [without, response] : [response, without];
  await left.body?.cancel();
  if (without.ok) {
    noPictures.add(model);
    log.info("this model takes no pictures; it is told that there are some", { model });
  }
  return kept;
}

/** How servers refuse pictures: as a request that is wrong, of a wrong type, or that no model of theirs can take. */
const mayMeanPictures: ReadonlySet<number> = new Set([400, 404, 415, 422]);

async function* readStream(
  response: Response,
  decoder: AnswerDecoder,
  connection: Connection,
): AsyncGenerator<readonly ProviderEvent[]> {
  if (response.body === null) return yield decoder.close();
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  const utf8 = new TextDecoder();
  while (!decoder.ended) {
    const { done, value } = await connection.wait(reader.read());
    const events = done
      ? [...decoder.feed(utf8.decode()), ...decoder.close()]
      : decoder.feed(utf8.decode(value, { stream: true }));
    if (decoder.ended && !done && events.at(-1)?.type === "finish") connection.release(reader);
    if (events.length > 0) yield events;
  }
}

/** Why this response holds no answer, if it does not. */
async function refusalOf(
  response: Response,
  connection: Connection,
  { context }: Target,
  { now }: OpenAiDeps,
): Promise<ProviderFailure | undefined> {
  const { status, headers } = response;
  if (status >= 300 && status < 400) return redirectFailure(status, headers.get("location"), context);
  if (!response.ok) return statusFailure(status, headers, await connection.text(response), now(), context);
  return /\btext\/html\b/i.test(headers.get("content-type") ?? "")
    ? malformed(`${context.baseUrl} answers with a web page.`, false)
    : undefined;
}

const isJson = (response: Response): boolean =>
  /^application\/(.*\+)?json\b/i.test(response.headers.get("content-type") ?? "");

/** Undefined for what is no JSON, which the decoder reports. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
