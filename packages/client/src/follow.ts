/** The live view of a conversation over SSE: resumes at its cursor after every cut, with growing pauses. */
import type { DispatchEvent, Snapshot } from "@dispatch/wire";
import { type BackoffOptions, createBackoff } from "./backoff.ts";
import { clientError, isClientError } from "./client-error.ts";
import { type Http, segment } from "./http.ts";
import { readSse, type SseEvent } from "./sse.ts";

/** What a stream gives: an event, or (first, or when a cursor could not be honoured) the whole state. */
export type StreamItem =
  | { readonly cursor: string; readonly event: DispatchEvent; readonly snapshot?: undefined }
  | { readonly cursor: string; readonly snapshot: Snapshot; readonly event?: undefined };

export interface FollowOptions {
  /** Cursor of the last thing held; "0" = everything from the first record. Absent: a snapshot of now. */
  readonly after?: string | undefined;
  /** Ends the iteration (it then rejects with the signal's reason). */
  readonly signal?: AbortSignal | undefined;
  /** Give up after this many failed attempts in a row. Default: never. */
  readonly maxAttempts?: number | undefined;
  /** Before each pause, for a line on the screen. */
  readonly onRetry?: ((retry: { delayMs: number; error: unknown }) => void) | undefined;
}

export interface Waiting extends Pick<BackoffOptions, "firstMs" | "maxMs" | "random"> {
  /** Resolves after `ms`, rejects with the signal's reason when aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** Never ends by itself, but when the conversation is gone: an answer of 4xx (other than 408, 425, 429) is thrown. */
export async function* follow(
  http: Http,
  waiting: Waiting,
  conversationId: string,
  options: FollowOptions = {},
): AsyncGenerator<StreamItem, void, undefined> {
  const backoff = createBackoff(waiting);
  const { signal, maxAttempts = Number.POSITIVE_INFINITY } = options;
  let after = options.after;
  let failures = 0;
  for (;;) {
    let failure: unknown;
    try {
      const response = await http.open(`/conversations/${segment(conversationId)}/events`, {
        headers: { accept: "text/event-stream" },
        query: { after },
        signal,
      });
      if (!response.body) throw clientError("bad-answer", "The server gave no stream.");
      for await (const message of readSse(response.body)) {
        backoff.reset();
        failures = 0;
        if (message.id !== "") after = message.id;
        yield itemOf(message, after ?? "");
      }
      failure = clientError("stream-ended", "The server closed the stream.");
    } catch (error) {
      signal?.throwIfAborted();
      if (!isTransient(error)) throw error;
      failure = error;
    }
    failures += 1;
    if (failures >= maxAttempts) throw failure;
    const delayMs = Math.max(backoff.next(), retryAfter(failure));
    options.onRetry?.({ delayMs, error: failure });
    await waiting.sleep(delayMs, signal);
  }
}

function itemOf(message: SseEvent, cursor: string): StreamItem {
  let data: unknown;
  try {
    data = JSON.parse(message.data);
  } catch (cause) {
    throw clientError("bad-answer", "The server sent an event that is not JSON.", { cause });
  }
  return message.type === "snapshot"
    ? { cursor, snapshot: data as Snapshot }
    : { cursor, event: data as DispatchEvent };
}

const retryAfter = (error: unknown): number => (isClientError(error) ? (error.details.retryAfterMs ?? 0) : 0);

/** Worth another attempt: no connection, a cut body (whatever `fetch` throws for it), a busy or restarting server. */
function isTransient(error: unknown): boolean {
  if (!isClientError(error)) return true;
  if (error.code === "bad-answer" && error.status === 0) return false;
  return error.status === 0 || error.status >= 500 || [408, 425, 429].includes(error.status);
}
