import { recordMoments } from "@dispatch/session-orchestrator/testing";
import type { Snapshot } from "@dispatch/wire";
import { expect, it } from "vitest";
import { applyToLiveView, type LiveView, liveViewOf } from "./live-view.ts";

/** What is drawn. Of the meta, what events tell: the rest is as of the snapshot. */
function drawn({ view, conversation, ...beside }: LiveView) {
  const { title, labels, pinned, workspace, status, settings } = conversation ?? {};
  const { messages, open, turn, queue, held, seq } = view;
  return {
    ...beside,
    meta: { title, labels, pinned, workspace, status, settings },
    view: { messages, open: [...open.values()], turn, queue, held, seq, status: view.status },
  };
}

it("a view is the same, whenever one came to look", { timeout: 60_000 }, async () => {
  const { start, moments, upTo } = await recordMoments();
  const bad = new Map<string, string[]>();
  for (const moment of moments) {
    let early: LiveView | "gap" = liveViewOf(start);
    for (const event of upTo(moment)) {
      if (early === "gap") break;
      early = applyToLiveView(early, event);
    }
    if (early === "gap") {
      bad.set("gap", [...(bad.get("gap") ?? []), String(moment.seq)]);
      continue;
    }
    const a = drawn(early) as Record<string, unknown>;
    const b = drawn(liveViewOf(moment)) as Record<string, unknown>;
    for (const key of Object.keys({ ...a, ...b })) {
      if (!expectEqual(a[key], b[key]))
        bad.set(key, [
          ...(bad.get(key) ?? []),
          `${moment.seq}: ${JSON.stringify(a[key])?.slice(0, 300)}  |late| ${JSON.stringify(b[key])?.slice(0, 300)}`,
        ]);
    }
  }
  for (const [key, lines] of bad) console.log(`### ${key} ${lines.length}\n${lines.slice(0, 12).join("\n")}`);
  expect(bad.size).toBe(0);
});
function expectEqual(a: unknown, b: unknown) {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
}
