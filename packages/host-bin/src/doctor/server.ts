/** The server: is one there, is it the one this command line would start, and is its port free when there is none? */
import { createServer } from "node:net";
import type { FoundServer } from "@dispatch/cli/ports";
import { tilde } from "../paths.ts";
import { readServerFile } from "../server-file.ts";
import { isAlive } from "../servers/is-alive.ts";
import { type Finding, type Patient, right, wrong } from "./check.ts";

export function checkServer({ paths, server }: Patient): Finding[] {
  if (!server) {
    const left = readServerFile(paths.serverFile);
    if (left && isAlive(left.pid)) {
      const fix = `\`kill ${left.pid}\` if it is a server that hangs; else delete ${tilde(paths.serverFile)}.`;
      return [wrong("server", `process ${left.pid} should answer at ${left.url} and does not`, fix)];
    }
    return [right("server", left ? "not running; the last one was killed" : "not running")];
  }
  const { url, pid, version, differences } = server;
  const store = storeOf(server.store);
  if (differences.length === 0) return [right("server", `${url}, version ${version}, pid ${pid}`), ...store];
  const fix = "`dispatch restart` starts it with what you have here.";
  return [wrong("server", `${url} was started with other ${differences.join(", ")}`, fix), ...store];
}

function storeOf(store: FoundServer["store"]): Finding[] {
  if (!store) return [];
  const when = (ts: number) => new Date(ts).toISOString().slice(0, 16);
  const fix = "Stop the server and restore the data folder from a backup, or accept the loss.";
  const damage = store.damage.map(({ ts, text }) => wrong("store", `${when(ts)} ${text}`, fix));
  const losses = store.acceptedLosses.map(({ ts, text }) =>
    right("store", `a loss was accepted ${when(ts)}: ${text}`),
  );
  return damage.length + losses.length === 0 ? [right("store", "no damage noticed")] : [...damage, ...losses];
}

export async function checkPort({ server, config }: Patient): Promise<Finding[]> {
  if (server || !config) return []; // it has its port; or nobody knows which
  const { host, port } = config.config.server;
  if (port === 0) return [right("port", "any free one")];
  const problem = await whyNot(host, port);
  if (problem === undefined) return [right("port", `${host}:${port} is free`)];
  const message =
    problem === "EADDRINUSE" ? `${host}:${port} is taken by another program` : `${host}:${port}: ${problem}`;
  return [wrong("port", message, 'Set "server": { "port": … } or DISPATCH_PORT to a free one; 0 takes any.')];
}

/** The error code of listening there. */
const whyNot = (host: string, port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const listening = createServer();
    listening.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    listening.listen({ host, port, exclusive: true }, () => listening.close(() => resolve(undefined)));
  });
