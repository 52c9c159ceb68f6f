/** One turn from its start to its end: POST /chat as a stream that survives cuts, by resuming at its cursor. */
import type { ChatBody, StreamLine } from "@dispatch/wire";
import { clientError, isClientError } from "./client-error.ts";
import { type FollowOptions, follow, type StreamItem, type Waiting } from "./follow.ts";
import type { Http } from "./http.ts";
import { readNdjson } from "./ndjson.ts";

export interface ChatStream extends AsyncIterable<StreamItem> {
  readonly conversationId: string;
  readonly turnId: string;
}

/**
 * Starts the turn; the iteration ends after its `turn-sealed`. The key makes the second attempt harmless when the
 * first one's answer was lost. Leaving the iteration leaves the turn running.
 */
export async function startChat(
  http: Http,
  waiting: Waiting,
  body: ChatBody,
  options: Pick<FollowOptions, "signal" | "onRetry" | "maxAttempts"> & { idempotencyKey: string },
): Promise<ChatStream> {
  const call = {
    method: "POST",
    body,
    headers: { accept: "application/x-ndjson", "idempotency-key": options.idempotencyKey },
    signal: options.signal,
  } as const;
  const response = await http.open("/chat", call).catch((error: unknown) => {
    if (!isClientError(error) || error.code !== "unreachable") throw error;
    return http.open("/chat", call);
  });
  const conversationId = response.headers.get("x-conversation-id");
  const turnId = response.headers.get("x-turn-id");
  if (!conversationId || !turnId || !response.body) {
    throw clientError("bad-answer", "The answer to /chat names no conversation or turn.", {
      status: response.status,
    });
  }
  const lines = response.body;
  return {
    conversationId,
    turnId,
    [Symbol.asyncIterator]: () => readTurn(http, waiting, { conversationId, turnId, lines, options }),
  };
}

interface RunningTurn {
  readonly conversationId: string;
  readonly turnId: string;
  readonly lines: ReadableStream<Uint8Array>;
  readonly options: FollowOptions;
}

async function* readTurn(
  http: Http,
  waiting: Waiting,
  turn: RunningTurn,
): AsyncGenerator<StreamItem, void, undefined> {
  const { signal } = turn.options;
  let after: string | undefined;
  try {
    for await (const line of readNdjson<StreamLine>(turn.lines)) {
      after = line.cursor;
      yield line;
      if (endsTurn(line, turn.turnId)) return;
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (isClientError(error)) throw error; // a broken line; a cut connection is what `fetch` throws
  }
  // Cut before the first line: from the beginning, since a snapshot would leave out what this turn said so far.
  const resume = { ...turn.options, after: after ?? "0" };
  for await (const item of follow(http, waiting, turn.conversationId, resume)) {
    yield item;
    if (endsTurn(item, turn.turnId)) return;
  }
}

/** Sealed, or a snapshot in which it no longer runs: then its end is behind the snapshot's cursor. */
export function endsTurn(item: StreamItem, turnId: string): boolean {
  if (item.snapshot) return item.snapshot.running?.turnId !== turnId;
  return item.event.type === "turn-sealed" && item.event.turnId === turnId;
}
