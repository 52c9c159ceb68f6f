// One running turn to many viewers, against a raw broadcast of the same: as fast as it goes, and at the pace of a model.
import { cpuSeconds, drained, here, median, start, startDispatch } from "../processes.mjs";
import { viewersOf } from "./watch.mjs";

const now = () => Number(process.hrtime.bigint() / 1000n);

/** Two servers behind one provider; `run` gives what one turn took. */
export async function fanOutStage() {
  const provider = await start([here("provider.mjs")]);
  const raw = await start([here("live/broadcast.mjs"), provider.url]);
  const server = await startDispatch(provider.url);
  let count = 0;

  async function run(which, viewers, message) {
    const ours = which === "ours";
    const { url, child } = ours ? server : raw;
    const id = `fan-${String(count++).padStart(3, "0")}`;
    if (ours) await server.post("/conversations", { id, cwd: server.dataDir });
    const watching = await viewersOf({ url, headers: server.headers }, id, viewers);
    const cpuBefore = cpuSeconds(child.pid);
    const began = now();
    if (ours) await server.post("/chat", { message, conversationId: id, cwd: server.dataDir });
    else await drained(await fetch(`${url}/chat`, { method: "POST", body: JSON.stringify({ message }) }), 0);
    const seen = await watching.seen;
    const cpu = cpuSeconds(child.pid) - cpuBefore;
    return { ...seen, ms: (seen.endedAt - began) / 1000, cpu };
  }
  return {
    run,
    pid: server.child.pid,
    async stop() {
      provider.stop();
      raw.stop();
      await server.stop();
    },
  };
}

const middle = (rows, key) => median(rows.map((row) => row[key]));

/** Runs in turns, so that what else the machine does hurts both alike. */
async function compare(stage, viewers, message, runs) {
  const rows = { ours: [], raw: [] };
  for (let run = -1; run < runs; run++)
    for (const which of ["raw", "ours"]) {
      const row = await stage.run(which, viewers, message);
      if (run >= 0) rows[which].push(row);
    }
  const figures = (each) => ({
    ms: middle(each, "ms"),
    cpu: middle(each, "cpu"),
    bytes: middle(each, "bytes"),
    reads: middle(each, "reads"),
    p50: middle(each, "p50"),
    p99: middle(each, "p99"),
  });
  return {
    viewers,
    ours: figures(rows.ours),
    raw: figures(rows.raw),
    ratio: median(rows.ours.map(({ ms }, index) => rows.raw[index].ms / ms)),
    cpuRatio: median(rows.ours.map(({ cpu }, index) => rows.raw[index].cpu / cpu)),
  };
}

/** Full speed: wall time until the last viewer has the end. Paced: 200 deltas a second for some seconds, their lag. */
export async function fanOut({ sizes = [1, 10, 100, 500], runs = 5, seconds = 4 } = {}) {
  const stage = await fanOutStage();
  try {
    const rows = [];
    for (const viewers of sizes) {
      const deltas = viewers >= 500 ? 5_000 : 20_000;
      const fast = await compare(stage, viewers, `deltas=${deltas} words=20`, runs);
      const paced = await compare(
        stage,
        viewers,
        `deltas=${seconds * 200} everyMs=5 stamped`,
        Math.min(runs, 3),
      );
      rows.push({ viewers, fast, paced });
    }
    return rows;
  } finally {
    await stage.stop();
  }
}
