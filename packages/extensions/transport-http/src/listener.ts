/** Ties the parts together: server, gate, router, and the end of it all. */
import type { RequestListener } from "node:http";
import type { Dispose, Logger, Timers } from "@dispatch/kernel";
import { type DispatchError, dispatchError } from "@dispatch/wire";
import { getRequestListener } from "@hono/node-server";
import { answerError, commonHeaders } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import type { Authenticate } from "./gate/credentials.ts";
import { type Gate, judge } from "./gate/gate.ts";
import { createLimits } from "./gate/limits.ts";
import { bracketed, servedHosts } from "./gate/served-hosts.ts";
import { listen } from "./http-server.ts";
import type { Listener, RouteDefinition } from "./ports.ts";
import { createRouter } from "./router.ts";
import { createServeRoute } from "./serve-route.ts";
import type { Settings } from "./settings.ts";
import { createUpgrades } from "./upgrades.ts";

export interface ListenerOptions {
  readonly settings: Settings;
  readonly authenticate: Authenticate;
  /** Blots out secrets in problems. */
  readonly redact: (text: string) => string;
  /** Unix ms. */
  readonly now: () => number;
  readonly log: Logger;
  readonly timers: Pick<Timers, "every">;
  readonly routes: readonly RouteDefinition[];
  /** While it is not, everything is refused with `starting`. */
  readonly isReady: () => boolean;
}

export interface RunningListener extends Listener {
  /** Serves these from the next request on; those under way are not touched. */
  setRoutes(routes: readonly RouteDefinition[]): void;
  /** Stops accepting, ends streams, refuses what still waits, and resolves when every connection is gone. */
  stop(): Promise<void>;
}

/** Rejects when the address cannot be listened on. */
export async function startListener(options: ListenerOptions): Promise<RunningListener> {
  const { settings, authenticate, redact, log, timers, now } = options;
  const { host, allowedHosts } = settings;
  const serveRoute = createServeRoute({ ...settings, log, timers });
  const open = new Set<AbortController>();
  let router = createRouter(options.routes, serveRoute);
  let stopping = false;
  let gate: Gate | undefined; // made once the port is known

  /** Why nobody is served now. */
  const closedFor = (): DispatchError | undefined => {
    if (stopping) return shuttingDown();
    return gate && options.isReady() ? undefined : starting();
  };

  const onRequest: RequestListener = (incoming, outgoing) => {
    for (const [name, value] of Object.entries(commonHeaders)) outgoing.setHeader(name, value);
    const ends = { incoming, outgoing, redact };
    const closed = closedFor();
    const verdict = closed || !gate ? refused(closed ?? starting()) : judge(incoming, gate, "request");
    if (!verdict.ok) {
      answerError(ends, verdict.error, stopping ? { Connection: "close" } : {});
      return;
    }
    const controller = new AbortController();
    const { revoked } = verdict.caller ?? {};
    const onRevoked = () => controller.abort(revoked?.reason);
    open.add(controller);
    revoked?.addEventListener("abort", onRevoked);
    outgoing.once("close", () => {
      open.delete(controller);
      revoked?.removeEventListener("abort", onRevoked);
      controller.abort();
    });
    const exchange: Exchange = { ...ends, caller: verdict.caller, signal: controller.signal };
    const serve = getRequestListener((request) => router.fetch(request, exchange), {
      overrideGlobalObjects: false, // other code's Request and Response are none of our business
      autoCleanupIncoming: false,
      errorHandler: (error) => {
        log.error("a request could not be routed", {
          error: error instanceof Error ? error.message : String(error),
        });
        answerError(ends, error);
      },
    });
    void serve(incoming, outgoing);
  };

  const http = await listen(settings, log, onRequest);
  const { port, server } = http;
  const served = servedHosts(host, port, allowedHosts);
  const ready: Gate = { served, authenticate, limits: createLimits({ ...settings, now }) };
  gate = ready;
  const upgrade: (path: string, handler: Parameters<Listener["upgrade"]>[1]) => Dispose = createUpgrades(
    server,
    () => closedFor() ?? ready,
  );
  return {
    port,
    url: `http://${bracketed(host)}:${port}`,
    serves: (name) => served.hosts.has(name.toLowerCase()),
    upgrade,
    setRoutes(routes) {
      router = createRouter(routes, serveRoute);
    },
    async stop() {
      stopping = true;
      const closed = http.close();
      for (const controller of open) controller.abort(shuttingDown());
      await closed;
    },
  };
}

const refused = (error: DispatchError) => ({ ok: false, error }) as const;
const shuttingDown = () => dispatchError("shutting-down", "The server is stopping.");
const starting = () => dispatchError("starting", "The server is not ready yet.", { retryAfterMs: 500 });
