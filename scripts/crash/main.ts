/** The command line of the crash harness: rounds until the kills or the minutes are used up, one line of summary, an exit code. */
import { parseArgs } from "node:util";
import { invariants } from "./invariants.ts";
import { pointsNamed } from "./points.ts";
import { type RoundReport, runRound } from "./round.ts";

const usage = `usage: node scripts/crash/run.mjs [options]
Kills servers under load with SIGKILL, at random and at named points, starts them again, and checks the invariants of
scripts/crash/invariants.ts. Needs a build (npm run build:js). Exits 1 at a violation and keeps the evidence.

  --kills N        stop after so many kills (default 40)
  --minutes N      stop after so many minutes (default none)
  --seed N         decides prompts, points and moments (default: the clock); the machine's own timing is not repeatable
  --points LIST    all, or names and beginnings of names: random,append:after,recovery (default all)
  --per-round N    kills per data folder (default 20)
  --lanes N        rounds at once (default 1)
  --program DIR    the repository whose build is killed (default: this one)
  --copy           run a copy of the build, so that a new build in the meantime changes nothing
  --no-queue       leave the message queue alone
  --keep           keep every round's folder
  --json           print one JSON document at the end instead of text
  --help
`;

export async function main(argv: readonly string[], here: string, root: string): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      kills: { type: "string", default: "40" },
      minutes: { type: "string" },
      seed: { type: "string" },
      points: { type: "string", default: "all" },
      "per-round": { type: "string", default: "20" },
      lanes: { type: "string", default: "1" },
      program: { type: "string", default: root },
      copy: { type: "boolean", default: false },
      "no-queue": { type: "boolean", default: false },
      keep: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const kills = Number(values.kills);
  const began = Date.now();
  const until =
    values.minutes === undefined ? Number.POSITIVE_INFINITY : began + Number(values.minutes) * 60_000;
  const among = pointsNamed(values.points);
  const reached = new Map<string, number>();
  const reports: RoundReport[] = [];
  let started = 0;
  let done = 0;
  let round = 0;
  const isWrong = (): boolean => reports.some(({ violations }) => violations.length > 0);
  const seconds = (): number => (Date.now() - began) / 1_000;
  const line = (): string =>
    `${done} kills in ${seconds().toFixed(0)} s, seed ${seed}, ${reports.length} rounds checked, ` +
    `${reports.reduce((sum, { violations }) => sum + violations.length, 0)} violations`;

  async function lane(): Promise<void> {
    while (started < kills && Date.now() < until && !isWrong()) {
      const share = Math.min(Number(values["per-round"]), kills - started);
      started += share;
      const own = round++ === 0 ? seed : (seed + 104_729 * (round - 1)) % 2 ** 31;
      const report = await runRound({
        seed: own,
        kills: share,
        points: among,
        program: values.program,
        here,
        queue: !values["no-queue"],
        keep: values.keep,
        onKill(point) {
          done++;
          reached.set(point, (reached.get(point) ?? 0) + 1);
          if (process.stderr.isTTY) process.stderr.write(`\r${line()} `);
        },
      });
      reports.push(report);
      if (!process.stderr.isTTY && !values.json) process.stderr.write(`${line()}\n`);
    }
  }
  await Promise.all(Array.from({ length: Number(values.lanes) }, lane));

  const counts: Record<string, number> = {};
  for (const report of reports)
    for (const [name, count] of Object.entries(report.counts)) counts[name] = (counts[name] ?? 0) + count;
  const violations = reports.flatMap((report) =>
    report.violations.map((each) => ({ ...each, seed: report.seed, folder: report.folder })),
  );
  const missed = reports.reduce((sum, each) => sum + each.missed, 0);
  const variants: Record<string, number> = {};
  for (const { variant } of reports) variants[variant] = (variants[variant] ?? 0) + 1;
  const summary = {
    ...{
      seed,
      kills: done,
      seconds: Math.round(seconds()),
      rounds: reports.map((each) => each.seed),
      missed,
    },
    variants,
    counts,
    points: Object.fromEntries([...reached].sort(([a], [b]) => a.localeCompare(b))),
    invariants: Object.fromEntries(
      Object.keys(invariants).map((name) => [
        name,
        violations.filter(({ invariant }) => invariant === name).length,
      ]),
    ),
    violations,
  };
  if (values.json) process.stdout.write(`${JSON.stringify(summary, undefined, 1)}\n`);
  else process.stdout.write(`\n${textOf(summary)}\n${repeatOf(reports, values.points)}`);
  return violations.length > 0 ? 1 : 0;
}

function textOf(summary: {
  seed: number;
  kills: number;
  seconds: number;
  missed: number;
  counts: Record<string, number>;
  points: Record<string, number>;
  invariants: Record<string, number>;
  violations: readonly { invariant: string; what: string }[];
}): string {
  const table = (rows: Record<string, number>): string =>
    Object.entries(rows)
      .map(([name, count]) => `  ${String(count).padStart(6)}  ${name}`)
      .join("\n");
  return [
    `seed ${summary.seed}: ${summary.kills} kills in ${summary.seconds} s`,
    `what happened\n${table(summary.counts)}`,
    `kills per point (${summary.missed} of the random ones waited for a point that did not come)\n${table(summary.points)}`,
    `violations per invariant\n${table(summary.invariants)}`,
    ...summary.violations.slice(0, 20).map(({ invariant, what }) => `VIOLATION ${invariant}: ${what}`),
  ].join("\n");
}

/** How to see it again, and where the evidence is. */
const repeatOf = (reports: readonly RoundReport[], points: string): string =>
  reports
    .filter(({ violations }) => violations.length > 0)
    .map(
      ({ seed, kills, folder, variant }) =>
        `evidence (recovery: ${variant}): ${folder}\nagain: node scripts/crash/run.mjs --kills ${kills} --per-round ${kills} --seed ${seed} --points ${points}\n`,
    )
    .join("");
