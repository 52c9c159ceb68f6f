/** A round: one data folder, traffic, and as many kills as asked; then quiet, and everything is looked at. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Evidence } from "./evidence.ts";
import { check, type Violation } from "./invariants.ts";
import { choosePoint, type Plan, type points, type Roll, rollOf } from "./points.ts";
import { settle } from "./settle.ts";
import { type Life, type Server, type Stage, setStage, type Variant } from "./stage.ts";
import type { News, TrafficOptions } from "./traffic/traffic.ts";
import { createViewers, type Follower } from "./viewers.ts";

export interface RoundOptions {
  readonly seed: number;
  readonly kills: number;
  readonly points: typeof points;
  readonly program: string;
  readonly here: string;
  readonly queue: boolean;
  /** Keep the folder whatever comes out. */
  readonly keep: boolean;
  /** Told where each server died. */
  readonly onKill: (point: string) => void;
}

export interface RoundReport {
  readonly seed: number;
  readonly variant: Variant;
  readonly kills: number;
  /** Kills at a named point which was not reached in time. */
  readonly missed: number;
  readonly violations: readonly Violation[];
  readonly counts: Readonly<Record<string, number>>;
  /** Kept when something is wrong. */
  readonly folder?: string;
}

/** How long a server may live after it listens, in ms, when its point is not reached: longer where everything takes longer. */
const patience = (bootMs: number): number => Math.max(1_200, 2 * bootMs);
/** How long a server may take to stop when it is told to: it waits 300 ms for its turns. */
const stopMs = 20_000;

export async function runRound(options: RoundOptions): Promise<RoundReport> {
  const roll = rollOf(options.seed);
  const variant = (["resume", "resume", "resume", "pause", "mark"] as const)[roll(5)] ?? "resume";
  const stage = await setStage({ ...options, variant });
  const names = ["crash-a", "crash-b", "crash-c"];
  const viewers = createViewers(names);
  const traffic = startTraffic(options, stage, names.length);
  const samples: Follower[] = [];
  const exits: string[] = [];
  const drawn = new Map<string, number>();
  let missed = 0;
  const boot = { ms: 500 };
  const tell = (server: Server | undefined, wish = ""): void => {
    viewers.moveTo(server);
    if (traffic.child.connected) traffic.child.send((server ? { ...server, wish } : "down") satisfies News);
  };

  try {
    for (let kill = 0; kill < options.kills; kill++) {
      const plan = choosePoint(options.points, drawn, roll);
      drawn.set(plan.point, (drawn.get(plan.point) ?? 0) + 1);
      const life = stage.start(plan);
      const how = await liveAndDie(stage, life, plan, roll, boot, (server) => tell(server, plan.point));
      tell(undefined);
      const { code, signal } = await life.ended;
      const isKilled = signal === "SIGKILL" && plan.point !== "stop:drained";
      const isStopped = code === 0 && plan.point.startsWith("stop:");
      if (!isKilled && !isStopped)
        exits.push(
          `at ${plan.point} the server ended with ${code ?? signal}: ${life.errors().slice(-2_000)}`,
        );
      if (how === "missed") missed++;
      options.onKill(how === "missed" ? "random" : plan.point);
      if (roll(3) === 0) samples.push(...viewers.sample(`kill ${kill + 1}`).slice(0, 3 + roll(3)));
      if (exits.length > 0) break;
    }
    const settled = await settle({
      stage,
      viewers,
      samples,
      names,
      tell,
      traffic: traffic.done,
      seed: options.seed,
      finish: () => void (traffic.child.connected && traffic.child.send("finish" satisfies News)),
    });
    const evidence: Evidence = { ...settled.evidence, exits: [...exits, ...settled.evidence.exits] };
    const violations = check(evidence);
    const wrong = violations.length > 0;
    if (wrong)
      writeFileSync(
        join(stage.folders.root, "evidence.json"),
        JSON.stringify({ violations, evidence }, undefined, 1),
      );
    if (!wrong && !options.keep) rmSync(stage.folders.root, { recursive: true, force: true, maxRetries: 5 });
    return {
      seed: options.seed,
      variant,
      kills: options.kills,
      missed,
      violations,
      counts: { ...settled.counts, ...countsOf(evidence), ...viewers.counts },
      ...(wrong || options.keep ? { folder: stage.folders.root } : {}),
    };
  } finally {
    viewers.close();
    traffic.child.kill("SIGKILL");
    await stage.close();
  }
}

/** Lets a server live until its plan kills it, or its time is over. */
async function liveAndDie(
  stage: Stage,
  life: Life,
  plan: Plan,
  roll: Roll,
  boot: { ms: number },
  tell: (server: Server) => void,
): Promise<"reached" | "missed"> {
  const timers: NodeJS.Timeout[] = [];
  const killIn = (ms: number): void => {
    timers.push(setTimeout(() => life.child.kill("SIGKILL"), ms));
  };
  const { point, nth, delayMs } = plan;
  const before = deaths(stage);
  let fired = point === "random" || point === "boot" || point.startsWith("stop:");
  let requests = 0;
  stage.onRequest = () => {
    requests++;
    if (!point.startsWith("provider:") || requests !== nth) return;
    fired = true;
    killIn(point === "provider:answering" ? 2 + delayMs : Math.max(0, delayMs));
  };
  // As long as the last boot took: early and late in it alike.
  if (point === "boot") killIn((delayMs / 1_000) * boot.ms);
  const began = Date.now();
  const server = await life.ready;
  if (server) {
    boot.ms = Date.now() - began;
    tell(server);
    if (point.startsWith("stop:")) timers.push(setTimeout(() => life.child.kill("SIGTERM"), 40 + delayMs));
    if (point === "stop:drained") killIn(stopMs);
    else if (point === "stop:killed") killIn(40 + delayMs + roll(400));
    else killIn(point === "random" ? 40 + delayMs : patience(boot.ms));
  }
  await life.ended;
  stage.onRequest = () => undefined;
  for (const timer of timers) clearTimeout(timer);
  return fired || deaths(stage) > before ? "reached" : "missed";
}

/** Servers that have killed themselves so far. */
const deaths = (stage: Stage): number => readFileSync(stage.folders.deaths, "utf8").split("\n").length;

function startTraffic(
  { seed, here, queue }: RoundOptions,
  { folders }: Stage,
  conversations: number,
): { child: ChildProcess; done: Promise<number | null> } {
  const told: TrafficOptions = { seed, cwd: folders.work, lines: folders.lines, conversations, queue };
  const child = spawn(process.execPath, [join(here, "traffic.js"), JSON.stringify(told)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const done = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { child, done };
}

function countsOf(evidence: Evidence): Record<string, number> {
  const { lines, kept, runs } = evidence;
  const records = kept.flatMap((each) => each.records);
  const count = (type: string): number => records.filter((record) => record.type === type).length;
  const acknowledged = (via: string): number =>
    new Set(
      lines.flatMap((line) => (line.kind === "accepted" && line.via === via ? [line.clientMessageId] : [])),
    ).size;
  return {
    inputs: acknowledged("chat"),
    items: acknowledged("queue"),
    turns: count("done"),
    resumed: records.filter((record) => record.type === "turn-start" && record.attempt > 1).length,
    superseded: count("attempt-superseded"),
    steered: count("steering"),
    carried: records.filter((record) => record.type === "queue-changed" && record.change?.kind === "carried")
      .length,
    children: kept.filter(({ id }) => !id.startsWith("crash-")).length,
    calls: count("tool-call"),
    interrupted: records.filter((record) => record.type === "tool-result" && record.outcome === "interrupted")
      .length,
    runs: runs.length,
    retries: count("provider-retry"),
    stops: lines.filter(({ kind }) => kind === "stopped").length,
    approvals: lines.filter(({ kind }) => kind === "decided").length,
    compactions: count("compacted"),
    deleted: lines.filter(({ kind }) => kind === "deleted").length,
    cancelled: lines.filter(({ kind }) => kind === "cancelled").length,
    records: records.length,
  };
}
