// (c) One synced record append through the store's port against a raw synced level batch of as many puts and bytes.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestHost } from "@dispatch/kernel/testing";
import { log as logPort, ownership } from "@dispatch/session-orchestrator/ports";
import storeLevel from "@dispatch/store-level";
import { Level } from "level";
import { median } from "./processes.mjs";

const state = JSON.stringify({ v: 1, padding: "s".repeat(500) });
const record = (seq) => JSON.stringify({ seq, ts: 1, type: "notice", level: "info", text: "r".repeat(200) });

export async function appendCost({ runs = 400 } = {}) {
  const dir = await mkdtemp(join(tmpdir(), "dispatch-bench-"));
  const host = createTestHost({
    extensions: [storeLevel],
    settings: { "store-level": { dataDir: join(dir, "ours") } },
  });
  const { problems } = await host.start();
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const log = host.get(logPort);
  const fence = await host.get(ownership).claim("bench");
  const raw = new Level(join(dir, "raw"));
  await raw.open();
  const times = { ours: [], raw: [] };
  try {
    for (let run = -50; run < runs; run++) {
      const seq = run + 51;
      const key = String(seq).padStart(16, "0");
      const puts = [
        { type: "put", key: `c!bench!r!${key}`, value: `00000000${record(seq)}` },
        { type: "put", key: "c!bench!s", value: `00000000${state}` },
        { type: "put", key: "c!bench!h", value: `00000000${JSON.stringify({ epoch: "e", head: seq })}` },
      ];
      const entries = [{ seq, json: record(seq) }];
      const measures = [
        ["raw", () => raw.batch(puts, { sync: true })],
        [
          "ours",
          () =>
            log.append({
              conversationId: "bench",
              fence,
              expectedHead: seq - 1,
              epoch: "e",
              entries,
              state,
              sync: true,
            }),
        ],
      ];
      // Whoever syncs second finds the disk's journal just flushed: they take turns in going first.
      if (run % 2) measures.reverse();
      for (const [name, write] of measures) {
        const began = performance.now();
        await write();
        if (run >= 0) times[name].push(performance.now() - began);
      }
    }
    return {
      ours: median(times.ours),
      raw: median(times.raw),
      ratio: median(times.ours) / median(times.raw),
    };
  } finally {
    await raw.close();
    await host.stop();
    await rm(dir, { recursive: true, force: true });
  }
}
