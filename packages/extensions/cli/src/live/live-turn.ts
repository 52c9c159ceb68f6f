/** One turn over a live connection: sent once whatever is cut, and followed from its first record to its end. */
import { type ChatStream, endsTurn, type FollowOptions, type Live, type StreamItem } from "@dispatch/client";
import type { ChatBody } from "@dispatch/wire";
import { createLiveItems, watchAttempts } from "./live-items.ts";

/** As `chat` of the client over HTTP. Leaving the iteration leaves the turn running. */
export async function startLiveTurn(
  live: Live,
  body: ChatBody,
  options: Omit<FollowOptions, "after">,
): Promise<ChatStream> {
  const items = createLiveItems();
  const leaving = new AbortController();
  const undo = watchAttempts(live, options, (error) => {
    leaving.abort(error);
    items.fail(error);
  });
  try {
    const { conversationId, turnId, close } = await live.chat(body, items, { signal: leaving.signal });
    const over = () => {
      undo();
      close();
    };
    return { conversationId, turnId, [Symbol.asyncIterator]: () => readTurn(items, turnId, over) };
  } catch (error) {
    undo();
    throw error;
  }
}

async function* readTurn(
  items: AsyncIterable<StreamItem>,
  turnId: string,
  over: () => void,
): AsyncGenerator<StreamItem, void, undefined> {
  try {
    for await (const item of items) {
      yield item;
      if (endsTurn(item, turnId)) return;
    }
  } finally {
    over();
  }
}

/** A conversation from a snapshot of now on, until the signal. */
export async function* followLive(
  live: Live,
  conversationId: string,
  options: FollowOptions,
): AsyncGenerator<StreamItem, void, undefined> {
  const items = createLiveItems();
  const undo = watchAttempts(live, options, (error) => items.fail(error));
  const following = live.follow(conversationId, { ...items, after: options.after });
  try {
    yield* items;
  } finally {
    undo();
    following.close();
  }
}
