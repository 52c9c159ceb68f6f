/**
 * What conversations leave behind when they are deleted: nothing. A server in this process, so that its heap, handles and timers can
 * be looked at; 100 conversations, or as many as CONVERSATIONS says.
 */
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bootServer, type RunningServer } from "../../src/boot.ts";
import { loadConfig } from "../../src/config/load.ts";
import { bundledExtensions } from "../../src/packages.ts";
import { serverPreset } from "../../src/presets.ts";
import { type Api, apiOf } from "../support/api.ts";
import { tempFolder } from "../support/server.ts";

const count = Number(process.env.CONVERSATIONS ?? 100);
const mebibyte = 1_048_576;

let folder: Awaited<ReturnType<typeof tempFolder>>;
let server: RunningServer;
let api: Api;
let cwd: string;
beforeAll(async () => {
  folder = await tempFolder("footprint");
  cwd = join(folder.path, "work");
  await mkdir(cwd);
  const file = join(folder.path, "config.json");
  const settings = {
    "store-level": { settings: { sweepIntervalMs: 1_000, compactAfterRows: 1 } },
    "transport-http": { settings: { requestsPer10Seconds: 1_000_000, keepAliveTimeoutMs: 500 } },
    "session-orchestrator": { settings: { hotConversations: 50 } },
    credentials: { settings: { detectOllama: false } },
  };
  writeFileSync(file, JSON.stringify({ extensions: settings }));
  const bundled = await bundledExtensions(serverPreset);
  const env = { DISPATCH_CONFIG: file };
  const manifests = bundled.map(({ manifest }) => manifest);
  const config = loadConfig({ env, cwd, flags: { port: 0 }, manifests });
  server = await bootServer({ config, dataDir: join(folder.path, "data"), env, bundled });
  api = apiOf(server);
}, 60_000);
afterAll(async () => {
  await server.stop();
  await folder.remove();
});

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

interface Footprint {
  readonly heap: number;
  readonly files: number;
  readonly timers: number;
  readonly store: number;
}

function storeSize(): number {
  const store = join(folder.path, "data", "store");
  return readdirSync(store)
    .map((name) => statSync(join(store, name), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0);
}

const openFiles = (): number => readdirSync("/proc/self/fd").length;

function footprint(): Footprint {
  collectGarbage();
  collectGarbage();
  return {
    heap: process.memoryUsage().heapUsed,
    files: openFiles(),
    timers: process.getActiveResourcesInfo().filter((name) => name === "Timeout").length,
    store: storeSize(),
  };
}

/** Created, used, watched, set, deleted. */
async function oneLife(id: string): Promise<void> {
  await api.chat({ message: `Hello ${"x".repeat(2_000)}`, conversationId: id, cwd });
  const leave = new AbortController();
  const watching = await api.request("GET", `/conversations/${id}/events`, undefined, {}, leave.signal);
  await api.json("PATCH", `/conversations/${id}`, { title: `About ${id}`, labels: ["x"] });
  const answer = await api.json("DELETE", `/conversations/${id}?archive=false`);
  expect(answer).toEqual({ deleted: true });
  await watching.text();
  leave.abort();
}

async function lives(from: number, to: number): Promise<void> {
  for (let n = from; n < to; n += 8)
    await Promise.all(Array.from({ length: Math.min(8, to - n) }, (_, k) => oneLife(`life-${n + k}`)));
}

it(`${count} conversations leave heap, handles, timers and store as they were`, {
  timeout: 600_000,
}, async () => {
  // Code is loaded, pools and caches are filled.
  await lives(0, 64);
  const quiet = async (): Promise<Footprint> => {
    // Connections that are kept alive end, a sweep gives the space back: until nothing moved for two seconds.
    let last = [storeSize(), openFiles()].join();
    for (let still = 0; still < 20; still++) {
      await new Promise((go) => setTimeout(go, 100));
      const now = [storeSize(), openFiles()].join();
      if (now !== last) still = 0;
      last = now;
    }
    return footprint();
  };
  const before = await quiet();
  await lives(64, 64 + count);
  const after = await quiet();
  console.log(JSON.stringify({ count, before, after }));
  expect(
    (await api.json<{ items: unknown[] }>("GET", "/conversations?status=active,idle,closed")).items,
  ).toEqual([]);
  expect(after.store - before.store).toBeLessThan(2 * mebibyte);
  expect(after.files).toBeLessThanOrEqual(before.files + 4);
  expect(after.timers).toBeLessThanOrEqual(before.timers + 2);
  // The heap of a program that runs is never quite the same; what conversations left would grow with their number.
  expect(after.heap - before.heap).toBeLessThan(4 * mebibyte);
});
