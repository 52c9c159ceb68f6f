// (e) What Dispatch costs before it does anything: `--help` against an empty script, time to ready, memory; (f) many at once.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drained, here, median, start, startDispatch } from "./processes.mjs";

const ran = (args, env) =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH, ...env }, stdio: "ignore" });
    child.once("exit", (code) =>
      code === 0 ? resolve(performance.now() - began) : reject(new Error(`${args} ended with ${code}`)),
    );
  });

/** Wall ms of `dispatch --help` and of an empty script, in turns. */
export async function helpCost({ runs = 15 } = {}) {
  const dir = await mkdtemp(join(tmpdir(), "dispatch-bench-"));
  const empty = join(dir, "empty.mjs");
  await writeFile(empty, "");
  const times = { help: [], empty: [] };
  for (let run = -2; run < runs; run++) {
    const help = await ran([here("../bin/dispatch.js"), "--help"], { HOME: dir });
    const nothing = await ran([empty], { HOME: dir });
    if (run < 0) continue;
    times.help.push(help);
    times.empty.push(nothing);
  }
  await rm(dir, { recursive: true, force: true });
  return {
    help: median(times.help),
    empty: median(times.empty),
    extra: median(times.help.map((value, index) => value - times.empty[index])),
  };
}

/** Wall ms from the start of the process to the line that says it listens. */
export async function readyTime({ runs = 7 } = {}) {
  const provider = await start([here("provider.mjs")]);
  const times = [];
  for (let run = 0; run < runs; run++) {
    const began = performance.now();
    const server = await startDispatch(provider.url);
    times.push(performance.now() - began);
    await server.stop();
  }
  provider.stop();
  return median(times);
}

const residentKiB = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);

/** Resident memory in KiB: idle, more per idle conversation, more per viewer. */
export async function memory({ conversations = 1_000, viewers = 200 } = {}) {
  const provider = await start([here("provider.mjs")]);
  const server = await startDispatch(provider.url);
  const settle = () => new Promise((go) => setTimeout(go, 1_500));
  try {
    await settle();
    const idle = residentKiB(server.child.pid);
    for (let n = 0; n < conversations; n += 20) {
      await Promise.all(
        Array.from({ length: 20 }, async (_, at) => {
          const body = JSON.stringify({
            message: "deltas=1",
            conversationId: `m${n + at}`,
            cwd: server.dataDir,
          });
          await drained(
            await fetch(`${server.url}/chat`, { method: "POST", headers: server.headers, body }),
            0,
          );
        }),
      );
    }
    await settle();
    const full = residentKiB(server.child.pid);
    const leaving = [];
    for (let n = 0; n < viewers; n++) {
      const leave = new AbortController();
      leaving.push(leave);
      const response = await fetch(`${server.url}/conversations/m0/events`, {
        headers: server.headers,
        signal: leave.signal,
      });
      await response.body.getReader().read();
    }
    await settle();
    const watched = residentKiB(server.child.pid);
    for (const leave of leaving) leave.abort();
    return { idle, perConversation: (full - idle) / conversations, perViewer: (watched - full) / viewers };
  } finally {
    provider.stop();
    await server.stop();
  }
}

/** 200 conversations with a delta every 5 ms each: wall time through the server against the bare relay's. */
export async function manyAtOnce({ conversations = 200, deltas = 200, everyMs = 5, runs = 3 } = {}) {
  const provider = await start([here("provider.mjs")]);
  const relay = await start([here("relay.mjs"), provider.url]);
  const server = await startDispatch(provider.url);
  const message = `deltas=${deltas} everyMs=${everyMs}`;
  const wall = async (url, headers, body) => {
    const began = performance.now();
    const one = async () =>
      drained(await fetch(url, { method: "POST", headers, body: JSON.stringify(body) }), began);
    return Math.max(...(await Promise.all(Array.from({ length: conversations }, one))));
  };
  const ours = [];
  const raw = [];
  try {
    for (let run = 0; run < runs; run++) {
      raw.push(await wall(relay.url, {}, { message }));
      ours.push(await wall(`${server.url}/chat`, server.headers, { message, cwd: server.dataDir }));
    }
    return {
      ours: median(ours),
      raw: median(raw),
      ratio: median(ours.map((value, index) => value / raw[index])),
    };
  } finally {
    provider.stop();
    relay.stop();
    await server.stop();
  }
}
