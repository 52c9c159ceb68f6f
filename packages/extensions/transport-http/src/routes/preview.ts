/** POST /conversations/preview: the newest words of many conversations, in one request. */
import type { Sessions } from "@dispatch/session-orchestrator/ports";
import {
  isDispatchError,
  type Message,
  type Preview,
  previewAnswer,
  previewBody,
  toProblem,
} from "@dispatch/wire";
import { defineRoute } from "../ports.ts";

/** Conversations read at the same time. */
const concurrency = 4;
/** Messages of tools have no text, so more are looked at than are shown. */
const lookedAtPerShown = 4;

export const previewRoute = (sessions: Sessions) =>
  defineRoute({
    method: "POST",
    path: "/conversations/preview",
    operation: "conversations.preview",
    scope: "read",
    summary: "The newest text of many conversations; one that is missing or fails does not hide the others.",
    body: previewBody,
    responses: { 200: previewAnswer },
    async handle({ body: { ids, limit = 12, maxChars = 240 }, signal }) {
      const items = await mapBounded([...new Set(ids)], concurrency, async (id): Promise<Preview> => {
        signal.throwIfAborted();
        return previewOf(sessions, id, limit, maxChars);
      });
      return { json: { items } };
    },
  });

async function previewOf(sessions: Sessions, id: string, limit: number, maxChars: number): Promise<Preview> {
  try {
    const { items } = await sessions.messages(id, { limit: limit * lookedAtPerShown });
    const messages = items.flatMap((message) => shown(message, maxChars)).slice(-limit);
    return messages.length === 0 ? { id, status: "empty" } : { id, status: "ok", messages };
  } catch (error) {
    if (isDispatchError(error) && error.code === "conversation-not-found") return { id, status: "missing" };
    return { id, status: "error", error: toProblem(error) };
  }
}

function shown({ messageId, role, ts, chunks }: Message, maxChars: number) {
  const text = chunks.map((chunk) => (chunk.type === "text" ? chunk.text : "")).join("");
  if (text === "") return [];
  const cut = cutText(text, maxChars);
  return [{ messageId, role, ts, text: cut, truncated: cut.length < text.length }];
}

/** At most so many UTF-16 code units, never half a character. */
export function cutText(text: string, most: number): string {
  const cut = text.slice(0, most);
  return cut.length < text.length && /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}

/** The results in order, with at most `width` under way. */
async function mapBounded<Item, Result>(
  items: readonly Item[],
  width: number,
  map: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await map(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}
