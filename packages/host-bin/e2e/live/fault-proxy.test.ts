/** Every viewer ends with what the provider wrote and the sender was told, over a network that cuts, delays and pauses. */
import { expect, it } from "vitest";
import { faultRun } from "../support/faults/run.ts";

/** `FAULTS`: how many sequences; `FAULT_MINUTES`: no more after that; `SEED`: of the first round. */
it("shows everybody the same, whatever the network and the server do", { timeout: 60 * 60_000 }, async () => {
  const sequences = Number(process.env.FAULTS ?? 30);
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  console.log(`fault seed ${seed}, ${sequences} sequences`);
  const minutes = process.env.FAULT_MINUTES === undefined ? undefined : Number(process.env.FAULT_MINUTES);
  const report = await faultRun({ sequences, seed, minutes, log: (line) => console.log(line) });
  expect(report.problems).toEqual([]);
  if (minutes === undefined) expect(report.sequences).toBe(sequences);
  expect(report.cuts).toBeGreaterThan(report.sequences);
});
