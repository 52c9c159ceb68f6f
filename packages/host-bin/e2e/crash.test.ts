/** kill -9 at random moments of turns with tools: what was acknowledged is there, the history is whole, nothing is stuck. */
import { expect, it } from "vitest";
import { crashRun } from "./support/crash-run.ts";

it("keeps every acknowledged input and a history that a strict provider takes", {
  timeout: 240_000,
}, async () => {
  const kills = Number(process.env.KILLS ?? 12);
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  console.log(`crash seed ${seed}, ${kills} kills`);
  const report = await crashRun({ kills, seed, log: (line) => console.log(line) });
  expect(report.problems).toEqual([]);
  expect(report.kills).toBe(kills);
  expect(report.acknowledged).toBeGreaterThan(kills / 2);
});
