/** Every viewer ends with what the provider wrote and the sender was told, over a network that cuts, delays and pauses. */
import { expect, it } from "vitest";
import { faultRun } from "./support/faults/run.ts";

it("shows everybody the same, whatever the network and the server do", { timeout: 40 * 60_000 }, async () => {
  const sequences = Number(process.env.FAULTS ?? 30);
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  console.log(`fault seed ${seed}, ${sequences} sequences`);
  const report = await faultRun({ sequences, seed, log: (line) => console.log(line) });
  expect(report.problems).toEqual([]);
  expect(report.sequences).toBe(sequences);
  expect(report.cuts).toBeGreaterThan(sequences);
});
