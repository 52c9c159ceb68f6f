/** The fault run: rounds until there are as many sequences as wanted, one goes wrong, or the time is over. */
import { type FaultReport, runRound } from "./round.ts";

const perRound = 15;

export async function faultRun(options: {
  readonly sequences: number;
  readonly seed: number;
  /** Begins no further round after so many minutes; default: as many as it takes. */
  readonly minutes?: number | undefined;
  readonly log: (line: string) => void;
}): Promise<FaultReport> {
  const report: FaultReport = {
    sequences: 0,
    turns: 0,
    viewers: 0,
    events: 0,
    restarts: 0,
    connections: 0,
    cuts: 0,
    problems: [],
  };
  const begun = Date.now();
  const until = begun + (options.minutes ?? Number.POSITIVE_INFINITY) * 60_000;
  const goesOn = () =>
    report.sequences < options.sequences && report.problems.length === 0 && Date.now() < until;
  for (let round = 0; goesOn(); round++) {
    const seed = options.seed + round;
    await runRound(seed, Math.min(perRound, options.sequences - report.sequences), report);
    const { problems, ...counts } = report;
    const soFar = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
    options.log(
      `after ${Math.round((Date.now() - begun) / 1_000)} s: ${soFar.join(", ")}; last seed ${seed}`,
    );
    for (const problem of problems) options.log(`WRONG ${problem}`);
  }
  return report;
}
