import { expect, it } from "vitest";
import { recordMoments } from "./moments.ts";

it("records", async () => {
  const { start, records, moments } = await recordMoments();
  console.log(
    records
      .map((r) => `${r.seq} ${r.type} ${r.turnId?.slice(-4)} ${JSON.stringify(r).slice(0, 160)}`)
      .join("\n"),
  );
  console.log(moments.length);
  expect(start.seq).toBe(1);
});
