/** The crash harness in short: kill -9 at random and at named points, and every invariant of scripts/crash/invariants.ts holds. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const harness = fileURLToPath(new URL("../../../../scripts/crash/run.mjs", import.meta.url));

interface Summary {
  readonly kills: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly points: Readonly<Record<string, number>>;
  readonly violations: readonly unknown[];
}

it("loses and doubles nothing, whenever the server is killed", { timeout: 600_000 }, async () => {
  const kills = process.env.KILLS ?? "40";
  const seed = process.env.SEED ?? String(Date.now() % 1_000_000);
  console.log(`crash seed ${seed}, ${kills} kills`);
  // Much of a round is waiting: three share two cores well.
  const args = ["--kills", kills, "--per-round", "14", "--lanes", "3", "--seed", seed, "--json"];
  const run = promisify(execFile)(process.execPath, [harness, ...args], { maxBuffer: 64 * 1024 * 1024 });
  // It exits with 1 at a violation, its summary complete.
  const { stdout } = await run.catch((error: { stdout?: string }) => {
    if (!error.stdout) throw error;
    return { stdout: error.stdout };
  });
  const { violations, counts, points, ...summary } = JSON.parse(stdout) as Summary;
  expect(violations).toEqual([]);
  expect(summary.kills).toBe(Number(kills));
  // A run that met nothing proves nothing.
  expect(Object.keys(points).length).toBeGreaterThan(Number(kills) / 4);
  for (const what of mustHappen) expect(counts[what], what).toBeGreaterThan(0);
});

const mustHappen = [
  ...["inputs", "items", "turns", "resumed", "superseded", "calls", "interrupted", "runs"],
  ...["retries", "stops", "children", "carried", "replays", "snapshots", "cursors"],
];
