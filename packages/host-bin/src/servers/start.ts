/** Starts a server in the background when there is none; of several who try at once, one starts it and all use it. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, statSync, truncateSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  commandError,
  type FoundServer,
  type Restarted,
  type ServerTarget,
  type StopOptions,
} from "@dispatch/cli/ports";
import { type DataPaths, tilde } from "../paths.ts";
import { privateFolder } from "../private-file.ts";
import { readServerFile } from "../server-file.ts";
import { pathsOf, type ServersContext } from "./context.ts";
import { findServer } from "./find.ts";
import { isAlive } from "./is-alive.ts";
import { localSetup } from "./setup.ts";
import { takeStartLock } from "./start-lock.ts";
import { stopServer } from "./stop.ts";

/** Rejects with exit code 3, and the last lines of the log, when it cannot be started. */
export async function ensureServer(
  context: ServersContext,
  target: ServerTarget,
  progress: (line: string) => void,
): Promise<FoundServer> {
  const running = await findServer(context, target);
  if (running) return running;
  const paths = pathsOf(context, target);
  const quiet = setTimeout(() => progress("starting the server …"), context.times.quietMs);
  try {
    return await aloneOr(context, paths, {
      alone: async () =>
        (await findServer(context, target)) ?? (await startServer(context, target, paths, [])),
      meanwhile: () => findServer(context, target),
    });
  } finally {
    clearTimeout(quiet);
  }
}

/** Whoever looks for a server meanwhile waits for this one, and starts none without its flags. */
export function restartServer(
  context: ServersContext,
  target: ServerTarget,
  options: StopOptions,
): Promise<Restarted> {
  const paths = pathsOf(context, target);
  return aloneOr(context, paths, {
    async alone() {
      await localSetup(context, target); // before the stop: a server with the old configuration is better than none
      const stopped = await stopServer(context, target, options);
      const started = await startServer(context, target, paths, stopped?.args ?? []);
      return { stopped, started };
    },
    async meanwhile() {
      const isStopping = (await findServer(context, target))?.stopping !== undefined;
      // Another one's stop waits for turns: who does not want to wait ends that.
      if (isStopping && options.now) await stopServer(context, target, options);
      return isStopping ? "later" : undefined;
    },
  });
}

/**
 * Does it as the only one who starts a server of this data folder; or takes what comes `meanwhile` of another's start. `later`: that
 * one has not begun to start.
 */
async function aloneOr<T extends object>(
  { times }: ServersContext,
  paths: DataPaths,
  { alone, meanwhile }: { alone: () => Promise<T>; meanwhile: () => Promise<T | "later" | undefined> },
): Promise<T> {
  await privateFolder(paths.dir);
  for (let deadline = Date.now() + times.startMs; Date.now() < deadline; ) {
    const unlock = await takeStartLock(paths.startLock);
    if (unlock) {
      try {
        return await alone();
      } finally {
        unlock();
      }
    }
    await sleep(times.pollMs);
    const found = await meanwhile();
    if (found === "later") deadline = Date.now() + times.startMs;
    else if (found) return found;
  }
  throw notStarted("Another command line is starting the server and does not get ready.", paths);
}

async function startServer(
  context: ServersContext,
  target: ServerTarget,
  paths: DataPaths,
  args: readonly string[],
): Promise<FoundServer> {
  const { times } = context;
  await localSetup(context, target); // a wrong configuration is told at once, and by its own words
  await untilLeft(paths, context);
  const deadline = Date.now() + times.startMs;
  const from = prepareLog(paths);
  const child = spawnServer(context, paths, args);
  let until = deadline;
  let ended: string | undefined;
  child.once("error", (error) => {
    ended = error.message;
  });
  child.once("exit", (code, signal) => {
    ended = signal ? `it was ended by ${signal}` : `it exited with ${code}`;
    until = Math.min(deadline, Date.now() + times.graceMs); // one started by hand may have been faster
  });
  while (Date.now() < until) {
    const found = await findServer(context, target);
    if (found) return found;
    await sleep(times.pollMs);
  }
  if (ended === undefined) child.kill("SIGTERM"); // a start that was given up must not come up later
  throw notStarted(
    `The server did not start: ${ended ?? `it was not ready after ${times.startMs} ms`}.`,
    paths,
    from,
  );
}

/** One that was told to stop has its store open while it closes everything: whoever starts meanwhile would be refused. */
async function untilLeft({ serverFile }: DataPaths, { times }: ServersContext): Promise<void> {
  const before = readServerFile(serverFile);
  const until = Date.now() + times.leaveMs;
  while (
    before &&
    isAlive(before.pid) &&
    Date.now() < until &&
    readServerFile(serverFile)?.pid === before.pid
  )
    await sleep(times.pollMs);
}

function spawnServer(
  { program, env, cwd }: ServersContext,
  paths: DataPaths,
  args: readonly string[],
): ChildProcess {
  const log = openSync(paths.serveLog, "a", 0o600);
  try {
    const child = spawn(process.execPath, [program, "serve", "--data-dir", paths.dir, ...args], {
      cwd,
      env: { ...env },
      detached: true,
      stdio: ["ignore", log, log],
      windowsHide: true,
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** Where this start's output begins in the log. */
function prepareLog({ logs, serveLog }: DataPaths): number {
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const size = statSync(serveLog, { throwIfNoEntry: false })?.size ?? 0;
  if (size < 1_048_576) return size;
  truncateSync(serveLog);
  return 0;
}

function notStarted(message: string, { serveLog, log }: DataPaths, from?: number): Error {
  const tail =
    from === undefined
      ? []
      : readFileSync(serveLog).subarray(from).toString("utf8").trim().split("\n").slice(-10);
  const said = tail.filter((line) => line !== "").map((line) => `\n  | ${line}`);
  return commandError(message + said.join(""), {
    exitCode: 3,
    code: "not-started",
    fix: `Its output is in ${tilde(serveLog)}, its log in ${tilde(log)}.`,
  });
}
