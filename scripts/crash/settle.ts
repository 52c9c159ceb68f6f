/** The end of a round: a server that stays, traffic that ends, one more turn everywhere, and the evidence of all. */
import { scriptedPrompt } from "@dispatch/provider-openai/testing";
import { allIds, asker, comeBack, handlesOf, outside, processesOf, readKept } from "./collect.ts";
import { type Evidence, type Held, type Kept, nothing } from "./evidence.ts";
import type { Server, Stage } from "./stage.ts";
import { pause } from "./traffic/client.ts";
import { type Follower, followerOf, followSse, heldBy, type Viewers } from "./viewers.ts";

export interface SettleOptions {
  readonly stage: Stage;
  readonly viewers: Viewers;
  readonly samples: readonly Follower[];
  /** Conversations that the traffic keeps using. */
  readonly names: readonly string[];
  readonly tell: (server: Server | undefined) => void;
  readonly finish: () => void;
  readonly traffic: Promise<number | null>;
  readonly seed: number;
}

export async function settle(
  options: SettleOptions,
): Promise<{ evidence: Evidence; counts: Record<string, number> }> {
  const { stage, viewers, names, tell, finish } = options;
  const life = stage.start(undefined);
  const server = await life.ready;
  if (!server) {
    const exits = [`the server did not start again: ${life.errors().slice(-2_000)}`];
    return { evidence: { ...nothing, ...outside(stage), exits }, counts: {} };
  }
  const exits: string[] = [];
  tell(server);
  finish();
  const code = await inTime(options.traffic, 40_000);
  if (code !== 0) exits.push(`the traffic ended with ${code}`);
  let active = await quiet(server);
  // Every conversation must be able to go on, whatever happened to it.
  for (const round of [0, 1]) await goOn(server, stage, names, `${options.seed}-${round}`, exits);
  const before = await restingHandles(life.child.pid);
  for (const round of [2, 3, 4]) await goOn(server, stage, names, `${options.seed}-${round}`, exits);
  const after = await restingHandles(life.child.pid, before);
  active = [...active, ...(await quiet(server))];

  const listed = await allIds(server);
  const kept: Kept[] = [];
  const held: Held[] = [];
  for (const id of listed) {
    const read = await readKept(server, id);
    kept.push(read.kept);
    held.push(read.folded);
  }
  const heads = new Map(kept.map(({ id, records }) => [id, records.at(-1)?.seq ?? 0]));
  const headOf = ({ conversationId }: Follower): number => heads.get(conversationId) ?? 0;
  await Promise.all(viewers.followers.map((follower) => arrival(follower, headOf(follower))));
  held.push(...viewers.followers.filter(({ conversationId }) => heads.has(conversationId)).map(heldBy));
  held.push(
    ...(await Promise.all(options.samples.map((sample) => comeBack(server, sample, headOf(sample))))),
  );

  const facts = outside(stage);
  const ask = asker(server);
  const risen: string[] = [];
  for (const line of facts.lines)
    if (line.kind === "deleted" && (await ask("GET", `/conversations/${line.conversationId}`)).status !== 404)
      risen.push(line.conversationId);
  const processes = processesOf(stage.folders.root);
  tell(undefined);
  life.child.kill("SIGTERM");
  const { code: exit } = await life.ended;
  if (exit !== 0)
    exits.push(`the last server was told to stop and ended with ${exit}: ${life.errors().slice(-2_000)}`);
  const handles = before !== undefined && after !== undefined ? [before, after] : [];
  return {
    evidence: { ...facts, kept, held, active, listed, risen, processes, handles, exits },
    counts: { cursors: held.length, conversations: kept.length },
  };
}

async function inTime<T>(done: Promise<T>, ms: number): Promise<T | "late"> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), ms);
  });
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}

/**
 * Waits until nothing is active; gives what still is after a while. Who answered questions is gone with the traffic, and a
 * conversation whose deletion a crash cut may ask one still.
 */
async function quiet(server: Server): Promise<string[]> {
  const ask = asker(server);
  let active: string[] = [];
  for (const patience = Date.now() + 20_000; Date.now() < patience; await pause(30)) {
    const { body } = await ask("GET", "/conversations?status=active");
    active = body.items.map(({ id }: { id: string }) => id);
    if (active.length === 0) break;
    const waiting = await ask("GET", "/approvals");
    for (const { approvalId } of waiting.body.items)
      await ask("POST", `/approvals/${approvalId}`, { decision: "deny" });
  }
  return active;
}

async function goOn(
  server: Server,
  stage: Stage,
  names: readonly string[],
  label: string,
  exits: string[],
): Promise<void> {
  const ask = asker(server);
  await Promise.all(
    names.map(async (conversationId) => {
      const message = scriptedPrompt(
        [
          { steps: [{ toolCalls: [{ name: "read_file", args: { path: "a.txt" } }] }] },
          { steps: [{ text: `on ${label}` }] },
        ],
        `Go on ${label}.`,
      );
      const clientMessageId = `${conversationId}-${label}`;
      const answer = await ask("POST", "/chat", {
        message,
        conversationId,
        clientMessageId,
        cwd: stage.folders.work,
      });
      const last = await ask("GET", `/conversations/${conversationId}/last`);
      if (answer.status !== 202 || last.body.reason !== "completed")
        exits.push(
          `${conversationId} does not go on: ${answer.status} ${JSON.stringify(last.body).slice(0, 300)}`,
        );
    }),
  );
  // What was held goes on behind the first of them.
  await quiet(server);
  // A viewer for a moment each, as phones are.
  for (const conversationId of names) {
    const stop = new AbortController();
    const passer = { ...followerOf("", conversationId), cursor: undefined };
    await followSse(server, passer, stop.signal, () => true).catch(() => undefined);
    stop.abort();
  }
}

/** Handles when connections that nobody uses are closed: no more than `enough`, or when they have become no fewer for a while. */
async function restingHandles(pid: number | undefined, enough = 0): Promise<number | undefined> {
  let least = handlesOf(pid);
  for (let look = 0, steady = 0; look < 30 && steady < 12 && least !== undefined && least > enough; look++) {
    await pause(50);
    const now = handlesOf(pid) ?? least;
    steady = now < least ? 0 : steady + 1;
    least = Math.min(least, now);
  }
  return least;
}

async function arrival(follower: Follower, head: number): Promise<void> {
  for (const patience = Date.now() + 10_000; follower.view.seq < head && Date.now() < patience; )
    await pause(10);
}
