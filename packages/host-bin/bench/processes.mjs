// Child processes of a bench: started, asked for their CPU time, ended.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Starts a Node program and waits until it prints the URL it listens on. */
export async function start(args, env = {}) {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, HOME: env.HOME ?? tmpdir(), ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`${args[0]} ended with ${code}`)));
    child.stdout.setEncoding("utf8").on("data", (text) => {
      const found = /listening (?:on )?(http:\S+)/.exec(text)?.[1];
      if (found) resolve(found);
    });
  });
  return { child, url, stop: () => child.kill("SIGKILL") };
}

export const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Node options of a process that collects its garbage twice a second: what is left is what is kept. */
export const collecting = ["--expose-gc", "--import", "data:text/javascript,setInterval(gc,500).unref()"];

/** A `dispatch serve` on a fresh data folder, its model behind `provider`. */
export async function startDispatch(provider, nodeOptions = []) {
  const dataDir = await mkdtemp(join(tmpdir(), "dispatch-bench-"));
  const env = { HOME: dataDir, OPENAI_BASE_URL: `${provider}/v1`, OPENAI_API_KEY: "sk-bench" };
  const server = await start(
    [...nodeOptions, here("../bin/dispatch.js"), "serve", "--port", "0", "--data-dir", dataDir],
    env,
  );
  const token = (await readFile(join(dataDir, "token"), "utf8")).trim();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return {
    ...server,
    dataDir,
    headers,
    /** Answers as soon as it is accepted. */
    async post(path, body) {
      const response = await fetch(`${server.url}${path}`, {
        method: "POST",
        headers: { ...headers, prefer: "respond-async" },
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return response.json();
    },
    async stop() {
      server.stop();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** CPU seconds of a process so far, all threads, from the scheduler's own nanoseconds (Linux). */
export function cpuSeconds(pid) {
  let ns = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    ns += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]);
  }
  return ns / 1e9;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Reads a response to its end and gives the milliseconds from `began`. */
export async function drained(response, began) {
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  const reader = response.body.getReader();
  while (!(await reader.read()).done);
  return performance.now() - began;
}
