/**
 * The fault run: rounds of conversations on one server behind a bad network. In each, turns are sent until they are
 * acknowledged, viewers come and go, the server is killed or stopped and started again; then everybody must hold the same,
 * and that is what the provider wrote and the sender was told.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Message } from "@dispatch/wire";
import { apiOf } from "../api.ts";
import { type Stage, setStage } from "../stage.ts";
import { createDice, type Dice } from "./dice.ts";
import { type FaultProxy, startFaultProxy } from "./proxy.ts";
import { randomTurn } from "./scripts.ts";
import { type Acknowledged, problemsOf } from "./truth.ts";
import { startViewer, type Viewer } from "./viewers.ts";

export interface FaultReport {
  sequences: number;
  turns: number;
  viewers: number;
  restarts: number;
  connections: number;
  cuts: number;
  readonly problems: string[];
}

const pause = (ms: number) => new Promise<void>((go) => setTimeout(go, ms));
const perRound = 10;
/** How long after the network is well again before it counts as never: a loaded machine takes its time. */
const convergeMs = 120_000;

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
    restarts: 0,
    connections: 0,
    cuts: 0,
    problems: [],
  };
  const until = Date.now() + (options.minutes ?? Number.POSITIVE_INFINITY) * 60_000;
  const goesOn = () =>
    report.sequences < options.sequences && report.problems.length === 0 && Date.now() < until;
  for (let round = 0; goesOn(); round++) {
    const seed = options.seed + round;
    const count = Math.min(perRound, options.sequences - report.sequences);
    await runRound(seed, count, report);
    if (report.problems.length > 0) options.log(`round with seed ${seed} failed`);
  }
  const { sequences, turns, viewers, restarts, connections, cuts } = report;
  options.log(
    `${sequences} sequences, ${turns} turns, ${viewers} viewers, ${restarts} restarts, ${connections} connections, ${cuts} cut`,
  );
  return report;
}

async function runRound(seed: number, count: number, report: FaultReport): Promise<void> {
  const dice = createDice(seed);
  const proxy = await startFaultProxy(dice.fork());
  const stage = await setStage({
    config: {
      extensions: {
        "session-orchestrator": { settings: { crashPauseMs: 0, resumeAttempts: 1_000, drainMs: 150 } },
        "transport-http": { settings: { allowedHosts: [proxy.host], shutdownMs: 200 } },
      },
    },
  });
  try {
    proxy.aim(stage.server.url);
    await writeFile(join(stage.cwd, "a.txt"), "one\ntwo\nthree\n");
    const deaths: number[] = [];
    const ids = Array.from({ length: count }, (_, n) => `s${seed}-${n}`);
    for (const id of ids) await stage.api.json("POST", "/conversations", { id, cwd: stage.cwd });
    const sequences = ids.map((id) => startSequence(stage.server.token, proxy, id, dice.fork()));
    const all = Promise.all(sequences.map((each) => each.sent));
    let sending = true;
    const sent = all.finally(() => {
      sending = false;
    });
    for (let left = 1 + dice.roll(3); left > 0 && sending; left--) {
      await Promise.race([pause(100 + dice.roll(900)), sent]);
      if (!sending) break;
      deaths.push(Date.now());
      if (dice.chance(65)) await stage.server.kill();
      else await stage.server.stop();
      deaths.push(Date.now());
      await stage.restart();
      proxy.aim(stage.server.url);
      report.restarts++;
    }
    const acknowledged = await sent;
    proxy.calm();
    for (const [n, each] of sequences.entries()) {
      const { id, viewers } = each;
      const found = await settle(stage, id, viewers, acknowledged[n] ?? [], deaths);
      report.problems.push(...found.map((problem) => `seed ${seed}, ${id}: ${problem}`));
      report.sequences++;
      report.turns += acknowledged[n]?.length ?? 0;
      report.viewers += viewers.length;
    }
    report.problems.push(
      ...stage.provider.violations().map((each) => `seed ${seed}: the provider refused ${each}`),
    );
    report.connections += proxy.counts.connections;
    report.cuts += proxy.counts.cuts;
  } finally {
    await proxy.close();
    await stage.end();
  }
}

interface Sequence {
  readonly id: string;
  readonly viewers: readonly Viewer[];
  readonly sent: Promise<Acknowledged[]>;
}

function startSequence(token: string, proxy: FaultProxy, id: string, dice: Dice): Sequence {
  const place = { url: proxy.url, token, conversationId: id };
  const viewers = Array.from({ length: 2 + dice.roll(4) }, (_, n) =>
    startViewer(place, `${id} viewer ${n}`, dice.fork()),
  );
  const sent = (async () => {
    const acknowledged: Acknowledged[] = [];
    for (let turn = 0, turns = 1 + dice.roll(3); turn < turns; turn++) {
      await pause(dice.roll(200));
      acknowledged.push(await send(place, randomTurn(dice, `${id}-${turn}`), `${id}-${turn}`));
    }
    return acknowledged;
  })();
  return { id, viewers, sent };
}

/** Through the bad network, under one key, until it is acknowledged. */
async function send(
  { url, token, conversationId }: { url: string; token: string; conversationId: string },
  message: string,
  key: string,
): Promise<Acknowledged> {
  const api = apiOf({ url, token });
  for (;;) {
    try {
      const headers = { prefer: "respond-async", "idempotency-key": key };
      const response = await api.request("POST", "/chat", { message, conversationId }, headers);
      const answer = (await response.json()) as Omit<Acknowledged, "text">;
      if (response.status === 202) return { ...answer, text: message };
      if (!again.has(response.status)) throw new Refused(`${response.status} ${JSON.stringify(answer)}`);
    } catch (error) {
      if (error instanceof Refused) throw error; // else the network
    }
    await pause(60);
  }
}

/** A turn runs; it stops; a request got stuck half-way. */
const again = new Set([408, 409, 503]);

class Refused extends Error {}

/** Waits until the turns are over and everybody has seen it, then compares. */
async function settle(
  stage: Stage,
  id: string,
  viewers: readonly Viewer[],
  acknowledged: readonly Acknowledged[],
  deaths: readonly number[],
): Promise<string[]> {
  for (const viewer of viewers) viewer.settle();
  const until = Date.now() + convergeMs;
  const inTime = async (done: () => Promise<boolean> | boolean): Promise<boolean> => {
    for (;;) {
      if (await done()) return true;
      if (Date.now() > until) return false;
      await pause(20);
    }
  };
  const problems: string[] = [];
  let page: { items: Message[]; cursor?: string } = { items: [] };
  let head = 0;
  const isIdle = async (): Promise<boolean> => {
    const row = await stage.api.json<{ status: string; head: number }>("GET", `/conversations/${id}`);
    head = row.head;
    return row.status === "idle";
  };
  if (!(await inTime(isIdle))) problems.push("its turn does not end");
  page = await stage.api.json("GET", `/conversations/${id}/messages?limit=1000`);
  problems.push(...problemsOf(page.items, acknowledged, stage.provider, deaths));
  for (const viewer of viewers) {
    const { watching } = viewer;
    const there = await inTime(() => viewer.fault !== undefined || (watching.view?.seq ?? 0) >= head);
    const { fault, name } = viewer;
    await viewer.leave();
    if (fault) problems.push(`${name}: ${fault.message}`);
    else if (!there) problems.push(`${name}: stays at seq ${watching.view?.seq} of ${head}`);
    else if (JSON.stringify(watching.view?.messages) !== JSON.stringify(page.items))
      problems.push(
        `${name} holds ${JSON.stringify(watching.view?.messages)}, the server ${JSON.stringify(page.items)}`,
      );
    else if (watching.view?.open.size !== 0) problems.push(`${name}: blocks are still open`);
  }
  return problems;
}
