/** A page that comes between two records of a failing turn knows why it failed, like one that saw them all. */
import type { LiveView, StreamItem } from "@dispatch/client";
import type { DispatchEvent, Snapshot, TurnMetrics } from "@dispatch/wire";
import { expect, it } from "vitest";
import { openConversation } from "./open-conversation.ts";

const error = { code: "provider-unauthorized", message: "The key is wrong.", retryable: false };
const usage = { inputTokens: 0, outputTokens: 0 };
const done = { type: "done", conversationId: "c", turnId: "t", reason: "error", usage } as DispatchEvent;
const records: readonly DispatchEvent[] = [
  { type: "error", conversationId: "c", turnId: "t", seq: 3, ts: 1, ...error },
  done,
];

/** Sees the first `cut` of the records only in a snapshot. */
async function lookFrom(cut: number) {
  // As the server counts them then.
  const metrics = {
    turnId: "t",
    ...(cut > 0 && { error }),
    ...(cut > 1 && { reason: "error" }),
  } as TurnMetrics;
  const view = { view: { messages: [] } } as unknown as LiveView;
  let tell: ((view: LiveView, items: readonly StreamItem[]) => void) | undefined;
  const opened = openConversation("c", {
    live: {
      watch(_id, { onChange }) {
        tell = onChange;
        return { view: undefined, cursor: undefined, close: () => undefined };
      },
    },
    client: {
      messages: async () => ({ items: [], hasMore: false, cursor: "x" }),
    },
    server: { metrics: async () => ({ items: [metrics] }) as never },
    nextFrame: (draw) => draw(),
  });
  opened.begin();
  tell?.(view, [{ snapshot: { hasMore: false } as Snapshot } as StreamItem]);
  for (const event of records.slice(cut)) tell?.(view, [{ event } as StreamItem]);
  await new Promise((resolve) => setImmediate(resolve));
  return opened.facts.value.turns.get("t");
}

it.each([0, 1, 2])("from record %i on", async (cut) => {
  expect(await lookFrom(cut)).toMatchObject({ reason: "error", error });
});
