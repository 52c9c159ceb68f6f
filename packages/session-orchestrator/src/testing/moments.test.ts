import { applyEvent, createView, type View } from "@dispatch/wire";
import { expect, it } from "vitest";
import { recordMoments } from "./moments.ts";

const drawn = (view: View) => ({ ...view, open: [...view.open.values()] });

it("messages, blocks, turn and queue are the same, whenever one came to look", {
  timeout: 60_000,
}, async () => {
  const { start, moments, records, upTo } = await recordMoments();
  for (const moment of moments) {
    const early = createView({ snapshot: start });
    for (const event of upTo(moment)) expect(applyEvent(early, event), `at ${moment.seq}`).toBe("applied");
    expect(drawn(early), `at ${moment.seq}`).toEqual(drawn(createView({ snapshot: moment })));
  }
  // Somebody came in between wherever two appends lie apart, and at every delta.
  expect(moments.length).toBeGreaterThan(50);
  const types = new Set(records.map(({ type }) => type));
  for (const type of [
    "approval-resolved",
    "steering",
    "provider-retry",
    "error",
    "turn-stalled",
    "compacted",
  ])
    expect(types).toContain(type);
});
