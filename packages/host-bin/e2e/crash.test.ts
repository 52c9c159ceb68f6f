/** kill -9 at random moments of turns with tools: what was acknowledged is there, the history is whole, nothing is stuck. */
import { expect, it } from "vitest";
import { crashRun } from "./support/crash-run.ts";

it.each([
  ["cut turns are resumed", true],
  ["recovery pauses after the second crash in a minute", false],
])(
  "keeps every acknowledged input and a history that a strict provider takes: %s",
  { timeout: 240_000 },
  async (_name, alwaysResume) => {
    const kills = Number(process.env.KILLS ?? 8);
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
    console.log(`crash seed ${seed}, ${kills} kills`);
    const report = await crashRun({ kills, seed, alwaysResume, log: (line) => console.log(line) });
    expect(report.problems).toEqual([]);
    expect(report.kills).toBe(kills);
    expect(report.acknowledged).toBeGreaterThan(kills / 2);
  },
);
