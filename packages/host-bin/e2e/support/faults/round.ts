/**
 * A round: some conversations on one server behind a bad network. In each, turns are sent until they are acknowledged and
 * viewers come and go, while the server is killed or stopped and started again; then everybody must hold the same, and that
 * is what the provider wrote and the sender was told.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Stage, setStage } from "../stage.ts";
import { createDice, type Dice } from "./dice.ts";
import { patiently, pause } from "./patience.ts";
import { type FaultProxy, startFaultProxy } from "./proxy.ts";
import { type Sequence, startSequence } from "./sequence.ts";
import { settle } from "./settle.ts";

export interface FaultReport {
  sequences: number;
  turns: number;
  viewers: number;
  /** Records, deltas and snapshots that viewers were given. */
  events: number;
  restarts: number;
  connections: number;
  cuts: number;
  readonly problems: string[];
}

export async function runRound(seed: number, count: number, report: FaultReport): Promise<void> {
  const dice = createDice(seed);
  const proxy = await startFaultProxy(dice.fork(), count * 20);
  const stage = await setStage({
    config: {
      extensions: {
        "session-orchestrator": { settings: { crashPauseMs: 0, resumeAttempts: 1_000, drainMs: 150 } },
        // Viewers that are cut all the time come back more often than any real ones may.
        "transport-http": {
          settings: { allowedHosts: [proxy.host], shutdownMs: 200, requestsPer10Seconds: 1_000_000 },
        },
      },
    },
  });
  const sequences: Sequence[] = [];
  try {
    proxy.aim(stage.server.url);
    await writeFile(join(stage.cwd, "a.txt"), "one\ntwo\nthree\n");
    for (let n = 0; n < count; n++) {
      const conversationId = `s${seed}-${n}`;
      await stage.api.json("POST", "/conversations", { id: conversationId, cwd: stage.cwd });
      sequences.push(
        startSequence({ url: proxy.url, token: stage.server.token, conversationId }, dice.fork()),
      );
    }
    const deaths: number[] = [];
    await untilSent(stage, proxy, sequences, deaths, dice, report);
    proxy.calm();
    const found = await Promise.all(sequences.map((each) => settle(stage, each, deaths)));
    for (const [n, each] of sequences.entries())
      for (const problem of found[n] ?? [])
        report.problems.push(`seed ${seed}, sequence ${n} (${each.id}): ${problem}`);
    for (const each of stage.provider.violations())
      report.problems.push(`seed ${seed}: the provider refused ${each}`);
    for (const { acknowledged, viewers } of sequences) {
      report.sequences++;
      report.turns += acknowledged.length;
      report.viewers += viewers.length;
      for (const { watching } of viewers) report.events += watching.events;
    }
    report.connections += proxy.counts.connections;
    report.cuts += proxy.counts.cuts;
  } catch (error) {
    report.problems.push(`seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`);
  } finally {
    if (report.problems.length > 0)
      report.problems.push(`the server said: ${stage.server.errors().slice(-2_000)}`);
    for (const each of sequences) each.giveUp();
    await Promise.all(sequences.flatMap(({ viewers }) => viewers.map((viewer) => viewer.leave())));
    await proxy.close();
    await stage.end();
  }
}

/** Kills and stops the server now and then, until all senders were told that all they sent was taken. */
async function untilSent(
  stage: Stage,
  proxy: FaultProxy,
  sequences: readonly Sequence[],
  deaths: number[],
  dice: Dice,
  report: FaultReport,
): Promise<void> {
  let over = false;
  const sent = Promise.all(sequences.map((each) => each.sent)).finally(() => {
    over = true;
  });
  sent.catch(() => undefined); // it is awaited below
  for (let left = 1 + dice.roll(3); left > 0 && !over; left--) {
    await Promise.race([pause(100 + dice.roll(900)), sent]);
    if (over) break;
    deaths.push(Date.now());
    if (dice.chance(65)) await stage.server.kill();
    else await stage.server.stop();
    deaths.push(Date.now());
    await stage.restart();
    proxy.aim(stage.server.url);
    report.restarts++;
  }
  const acknowledgements = () => sequences.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
  const progress = () => `${acknowledgements()} ${stage.provider.requests.length}`;
  if (await patiently(() => over, progress)) return void (await sent);
  const stuck = sequences.map(
    ({ id, acknowledged, answered }) => `${id}: ${acknowledged.length}, ${answered()}`,
  );
  throw new Error(`messages are never taken; acknowledged, and last answered: ${stuck.join("; ")}`);
}
