/**
 * Moments: everything that viewers can be shown of one conversation in which much happens, taken at every instant at which
 * somebody could join. A view of any kind must be the same for who was there from the start and for who came at a moment.
 */
import { fakeClock, scriptedProvider } from "@dispatch/kernel/testing";
import type { Delta, DispatchEvent, LogRecord, Snapshot, TurnMetrics } from "@dispatch/wire";
import { deltaTypeOf } from "../hub/open-blocks.ts";
import { activity, approvals, type LogBatch, queues } from "../ports.ts";
import { foldMetrics } from "../sessions/metrics.ts";
import { eventful, play, replies } from "./eventful.ts";
import { memoryLog } from "./memory-log.ts";
import { startStage } from "./stage.ts";

export interface Moments {
  /** Before its first turn. */
  readonly start: Snapshot;
  /** What the log holds behind it, as it is sent. */
  readonly records: readonly Exclude<DispatchEvent, Delta>[];
  /** Each different one once. */
  readonly moments: readonly Snapshot[];
  /** What the metrics of the turns are then. */
  metrics(moment: Snapshot): TurnMetrics[];
  /** What somebody who was there from the start was sent up to this moment. */
  upTo(moment: Snapshot): DispatchEvent[];
}

/** A start looks at its folder on a real disk, which a busy machine may take many rounds for. */
const mostRounds = 10_000;

/** Runs the conversation `c` and looks at it all the time. Takes about a second. */
export async function recordMoments(): Promise<Moments> {
  const clock = fakeClock();
  const provider = scriptedProvider(replies, { clock });
  const inner = memoryLog();
  const looks: Promise<void>[] = [];
  const store = {
    ...inner,
    async append(batch: LogBatch) {
      await inner.append(batch);
      looks.push(lookOften());
    },
  };
  const settings = { retryDelaysMs: [50] };
  const { sessions, host } = await startStage({ clock, provider, store, settings, extensions: eventful });
  const taken = new Map<string, Snapshot>();

  let hasBegun = false;

  async function look(): Promise<void> {
    if (!hasBegun) return;
    const viewer = await sessions.subscribe("c", {});
    viewer.close();
    if (viewer.snapshot) taken.set(JSON.stringify(viewer.snapshot), viewer.snapshot);
  }
  /** One more in every turn of the microtask queue: whatever an append sets off, somebody comes in between. */
  async function lookOften(): Promise<void> {
    for (let turn = 0; turn < 40; turn++) {
      looks.push(look());
      await undefined;
    }
  }
  async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
    for (let round = 0; round < mostRounds; round++) {
      if (await holds()) return;
      await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(1);
      await look();
    }
    throw new Error("that never came");
  }
  async function during<T>(what: Promise<T>): Promise<T> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    what.then(over, over);
    await until(() => isOver);
    return what;
  }

  try {
    await sessions.create({ id: "c" }, { credential: "t" });
    const viewer = await sessions.subscribe("c", {});
    viewer.close();
    const start = viewer.snapshot;
    hasBegun = true;
    if (!start) throw new Error("there is no snapshot");
    await play({
      sessions,
      queues: host.get(queues),
      approvals: host.get(approvals),
      activity: host.get(activity),
      until,
      during,
    });
    await Promise.all(looks);
    const { entries } = await store.read("c", start.seq, { limit: 1_000 });
    const records = entries.map(({ json }) => ({ ...(JSON.parse(json) as LogRecord), conversationId: "c" }));
    return {
      start,
      records,
      moments: [...taken.values()],
      metrics: (moment) => foldMetrics(records.filter(({ seq }) => seq <= moment.seq)),
      upTo: (moment) => upTo(start, records, moment),
    };
  } finally {
    await host.stop();
  }
}

function upTo(start: Snapshot, records: Moments["records"], { seq, running }: Snapshot): DispatchEvent[] {
  const deltas = (running?.blocks ?? []).map(({ block, kind, turnId, stepId, text }): Delta => {
    const type = deltaTypeOf[kind];
    return { type, conversationId: "c", turnId, stepId, block, at: 0, text };
  });
  return [...records.filter((record) => record.seq > start.seq && record.seq <= seq), ...deltas];
}
