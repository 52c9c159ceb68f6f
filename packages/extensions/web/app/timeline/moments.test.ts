import { recordMoments } from "@dispatch/session-orchestrator/testing";
import { applyEvent, createView, type DispatchEvent, type Snapshot } from "@dispatch/wire";
import { expect, it } from "vitest";
import { addMetrics, applyFacts, type Facts, noFacts } from "../live/facts.ts";
import { type Item, timeline } from "./timeline.ts";

/** What is drawn of a conversation that was followed from a snapshot through these events. */
function drawn(
  from: Snapshot,
  events: readonly DispatchEvent[],
  before: Facts,
  { approvals, running }: Snapshot,
) {
  const view = createView({ snapshot: from });
  for (const event of events) applyEvent(view, event);
  const items: readonly Item[] = timeline(
    [],
    { view, approvals, tools: running?.tools ?? [] },
    events.reduce(applyFacts, before),
  );
  return items.map((item) => (item.kind === "end" ? { ...item, facts: { ...item.facts } } : item));
}

it("the page shows the same, whenever it was opened", { timeout: 60_000 }, async () => {
  const { start, moments, metrics, upTo } = await recordMoments();
  for (const moment of moments) {
    const late = drawn(moment, [], addMetrics(noFacts, metrics(moment)), moment);
    expect(late, `at ${moment.seq}`).toEqual(drawn(start, upTo(moment), noFacts, moment));
  }
});
