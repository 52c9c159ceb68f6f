/** Finds the running server: by address, else by `server.json`, and asks it whether it is what the file says. */
import { setTimeout as sleep } from "node:timers/promises";
import type { FoundServer, ServerTarget } from "@dispatch/cli/ports";
import { commandError } from "@dispatch/cli/ports";
import { createClient, type HealthAnswer, isClientError } from "@dispatch/client";
import { readServerFile } from "../server-file.ts";
import { readToken } from "../token.ts";
import { pathsOf, type ServersContext } from "./context.ts";
import { differencesOf, fingerprintOf } from "./fingerprint.ts";
import { isAlive } from "./is-alive.ts";

/** Undefined: none runs. An address that was given and does not answer is an error: exit code 3. */
export async function findServer(
  context: ServersContext,
  target: ServerTarget,
): Promise<FoundServer | undefined> {
  const address = target.server || context.env.DISPATCH_URL;
  return address ? findByAddress(context, target, address) : findByFile(context, target);
}

async function findByAddress(
  context: ServersContext,
  target: ServerTarget,
  address: string,
): Promise<FoundServer> {
  const url = originOf(address);
  const token = await tokenFor(context, target, url);
  const health = await probe(context, url, token);
  if (!health) {
    throw commandError(`No Dispatch server answers at ${url}.`, {
      exitCode: 3,
      code: "unreachable",
      fix: "Check the address, or leave out --server and DISPATCH_URL to use the server of this computer.",
    });
  }
  return { url, ...(token === undefined ? {} : { token }), ...partsOf(health), differences: [] };
}

function originOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url.origin;
  throw commandError(`"${address}" is not the address of a server.`, {
    exitCode: 2,
    fix: "Write it as http://127.0.0.1:24203.",
  });
}

/** The token of the data folder belongs to this computer's server: it is never sent to another address. */
async function tokenFor(
  context: ServersContext,
  target: ServerTarget,
  url: string,
): Promise<string | undefined> {
  const { DISPATCH_TOKEN: given } = context.env;
  if (given) return given;
  const { hostname } = new URL(url);
  const local = hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
  return local ? readToken(pathsOf(context, target).token) : undefined;
}

async function findByFile(context: ServersContext, target: ServerTarget): Promise<FoundServer | undefined> {
  const paths = pathsOf(context, target);
  const file = readServerFile(paths.serverFile);
  // Left by a crash: its port may be anybody's now, and whoever is asked there is shown the token.
  if (!file || !isAlive(file.pid)) return undefined;
  const token = await readToken(paths.token);
  if (token === undefined) return undefined;
  const health = await probe(context, file.url, token);
  if (health?.pid !== file.pid) return undefined; // another process has this pid now
  const { version, env, cwd } = context;
  const differences = differencesOf(fingerprintOf({ version, env, cwd, key: token }), file.fingerprint);
  return { url: file.url, token, ...partsOf(health), differences, args: file.args ?? [] };
}

const partsOf = ({ version, pid, uptimeMs, store, stopping }: Health) => ({
  version,
  pid,
  uptimeMs,
  ...(store && { store }),
  ...(stopping && { stopping }),
});

interface Health extends Omit<HealthAnswer, "status"> {
  readonly stopping?: FoundServer["stopping"];
}

/** Undefined when nothing answers there, or something else does. One that is about to be ready is waited for. */
async function probe(
  { times }: ServersContext,
  url: string,
  token: string | undefined,
): Promise<Health | undefined> {
  const client = createClient({ url, token });
  for (const until = Date.now() + times.startMs; ; await sleep(times.pollMs)) {
    try {
      const health = await client.health(AbortSignal.timeout(times.probeMs));
      return health.status === "ok" || health.status === "degraded" ? health : undefined;
    } catch (error) {
      const code = isClientError(error) ? error.code : undefined;
      if (code === "starting" && Date.now() < until) continue;
      // Whatever the reason: there is no server to talk to, unless it says that it is about to stop.
      return isClientError(error) && code === "shutting-down" ? stoppingOf(error.details.data) : undefined;
    }
  }
}

function stoppingOf(data: Readonly<Record<string, unknown>>): Health {
  const { version, pid, uptimeMs, turns, leftMs } = data as Partial<Record<string, string | number>>;
  return {
    ...(typeof version === "string" ? { version } : {}),
    ...(typeof pid === "number" ? { pid } : {}),
    ...(typeof uptimeMs === "number" ? { uptimeMs } : {}),
    stopping: {
      turns: typeof turns === "number" ? turns : 0,
      leftMs: typeof leftMs === "number" ? leftMs : 0,
    },
  };
}
