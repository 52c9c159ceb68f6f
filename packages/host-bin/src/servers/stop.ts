/** Stops the server of a data folder by signal, after asking that it is the one, and waits until it is gone. */
import { setTimeout as sleep } from "node:timers/promises";
import { commandError, type FoundServer, type ServerTarget } from "@dispatch/cli/ports";
import { readServerFile } from "../server-file.ts";
import { pathsOf, type ServersContext } from "./context.ts";
import { findServer } from "./find.ts";
import { isAlive } from "./is-alive.ts";

/** Undefined: none was running. */
export async function stopServer(
  context: ServersContext,
  target: ServerTarget,
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
  try {
    process.kill(pid, "SIGTERM");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ESRCH") return found;
    throw commandError(`The server (pid ${pid}) cannot be stopped from here.`, { cause });
  }
  const deadline = Date.now() + context.times.stopMs;
  while (isAlive(pid)) {
    if (Date.now() >= deadline) {
      throw commandError(`The server (pid ${pid}) still runs after ${context.times.stopMs} ms.`, {
        fix: `End it with \`kill -9 ${pid}\`; the next start recovers its conversations.`,
      });
    }
    await sleep(context.times.pollMs);
  }
  return found;
}
