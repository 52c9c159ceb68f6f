// What viewers cost the server: memory per idle one, and of a long turn whose viewer does not read against one that is read.
import { readFileSync } from "node:fs";
import { collecting, here, median, start, startDispatch } from "../processes.mjs";
import { turnOver, viewersOf } from "./watch.mjs";

const status = (pid, field) =>
  Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
const settle = () => new Promise((go) => setTimeout(go, 1_500));

/** KiB of resident memory per viewer that follows an idle conversation, after a collection: median over some hundred each. */
export async function idleViewers({ viewers = 100, rounds = 4 } = {}) {
  const provider = await start([here("provider.mjs")]);
  const server = await startDispatch(provider.url, collecting);
  try {
    await server.post("/conversations", { id: "idle", cwd: server.dataDir });
    const all = [await viewersOf(server, "idle", viewers)]; // the first ones pay for code and caches
    await settle();
    const costs = [];
    for (let round = 0; round < rounds; round++) {
      const before = status(server.child.pid, "VmRSS");
      all.push(await viewersOf(server, "idle", viewers));
      await settle();
      costs.push((status(server.child.pid, "VmRSS") - before) / viewers);
    }
    for (const each of all) each.stop();
    return median(costs);
  } finally {
    provider.stop();
    await server.stop();
  }
}

/** Peak resident memory in KiB of a turn of `bytes`, its one viewer reading or not; a fresh server each, in turns. */
export async function pausedViewer({ bytes = 50_000_000, runs = 3 } = {}) {
  const provider = await start([here("provider.mjs")]);
  const peaks = { read: [], paused: [] };
  try {
    for (let run = 0; run < runs; run++)
      for (const which of ["read", "paused"]) {
        const server = await startDispatch(provider.url);
        await server.post("/conversations", { id: "long", cwd: server.dataDir });
        const viewer = await viewersOf(server, "long", 1, which === "paused" ? { PAUSED: "1" } : {});
        await server.post("/chat", {
          conversationId: "long",
          cwd: server.dataDir,
          message: `deltas=${bytes / 1_000} words=200`,
        });
        await turnOver(server, "long");
        peaks[which].push(status(server.child.pid, "VmHWM"));
        viewer.stop();
        await server.stop();
      }
    const read = median(peaks.read);
    return { read, paused: median(peaks.paused), growth: median(peaks.paused) - read };
  } finally {
    provider.stop();
  }
}
