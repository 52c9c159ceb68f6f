import { recordMoments } from "@dispatch/session-orchestrator/testing";
import { expect, it } from "vitest";
import { applyToLiveView, type LiveView, liveViewOf } from "./live-view.ts";

/** What is drawn. Of the meta, what events tell: the rest is as of the snapshot. */
function drawn({ view, conversation, ...beside }: LiveView) {
  const { title, labels, pinned, workspace, status, waiting, cwd, model, settings } = conversation ?? {};
  return {
    ...beside,
    meta: { title, labels, pinned, workspace, status, waiting, cwd, model, settings },
    view: { ...view, open: [...view.open.values()] },
  };
}

it("a view is the same, whenever one came to look", { timeout: 60_000 }, async () => {
  const { start, moments, upTo } = await recordMoments();
  const from = [start];
  for (const moment of moments) {
    // Where an event says that there is no going on without a snapshot, there is one.
    const begin = from.findLast(({ seq }) => seq <= moment.seq) ?? start;
    let early: LiveView | "gap" = liveViewOf(begin);
    for (const event of upTo(moment)) if (early !== "gap") early = applyToLiveView(early, event);
    const late = drawn(liveViewOf(moment));
    if (early === "gap") from.push(moment);
    else expect(drawn(early), `at ${moment.seq}`).toEqual(late);
  }
  expect(moments.length).toBeGreaterThan(50);
  expect(from).toHaveLength(2);
});
