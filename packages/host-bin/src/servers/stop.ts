/** Stops the server of a data folder by signal, after asking that it is the one, and waits until it is gone. */
import { setTimeout as sleep } from "node:timers/promises";
import { commandError, type FoundServer, type ServerTarget, type StopOptions } from "@dispatch/cli/ports";
import { tellsDrain } from "../drain-turns.ts";
import { readServerFile } from "../server-file.ts";
import { pathsOf, type ServersContext } from "./context.ts";
import { findServer } from "./find.ts";
import { isAlive } from "./is-alive.ts";

/** Undefined: none was running. */
export async function stopServer(
  context: ServersContext,
  target: ServerTarget,
  { now, progress }: StopOptions,
): Promise<FoundServer | undefined> {
  const found = await findServer(context, target);
  if (!found) return undefined;
  const paths = pathsOf(context, target);
  const { pid } = found;
  if (pid === undefined || readServerFile(paths.serverFile)?.pid !== pid) {
    throw commandError(`The server at ${found.url} was not started from ${paths.dir}.`, {
      fix: "Stop it where it runs, or give its --data-dir.",
    });
  }
  // One that stops already is only waited for: a second signal would end it at once.
  if (now || !found.stopping) {
    const gone = !signal(pid, now ? "SIGQUIT" : "SIGTERM");
    if (gone) return found;
  }
  await untilGone(context, target, { pid, tell: tellsDrain(progress) });
  return found;
}

/** False: there is no such process any more. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw commandError(`The server (pid ${pid}) cannot be stopped from here.`, { cause });
  }
}

const askMs = 500;

/** As long as it says that it waits for turns it is given that time, and then `stopMs`. */
async function untilGone(
  context: ServersContext,
  target: ServerTarget,
  { pid, tell }: { pid: number; tell: ReturnType<typeof tellsDrain> },
): Promise<void> {
  const { stopMs, pollMs } = context.times;
  let deadline = Date.now() + stopMs;
  let askAt = Date.now() + askMs;
  while (isAlive(pid)) {
    if (Date.now() >= askAt) {
      askAt = Date.now() + askMs;
      const { stopping } = (await findServer(context, target)) ?? {};
      if (stopping) {
        tell(stopping);
        deadline = Math.max(deadline, Date.now() + stopping.leftMs + stopMs);
      }
    }
    if (Date.now() >= deadline) {
      throw commandError(`The server (pid ${pid}) still runs after ${stopMs} ms.`, {
        fix: `End it with \`kill -9 ${pid}\`; the next start recovers its conversations.`,
      });
    }
    await sleep(pollMs);
  }
}
