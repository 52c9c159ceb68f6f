/** `transport-http`: conversations over HTTP, on one port with whatever other transport joins it. */
import { type Contribution, defineExtension, type ExtensionInfo, redaction } from "@dispatch/kernel";
import { draining, models, sessions, storeHealth } from "@dispatch/session-orchestrator/ports";
import { dispatchError } from "@dispatch/wire";
import { createCredentials } from "./gate/credentials.ts";
import { startListener } from "./listener.ts";
import { manifest } from "./manifest.ts";
import { type OpenApiDocument, openApiDocument } from "./openapi/document.ts";
import { credentials, listener, type RouteDefinition, routes } from "./ports.ts";
import { routeTable } from "./route-table.ts";
import { createRoutes } from "./routes/create-routes.ts";
import { operations } from "./routes/operations.ts";
import type { Settings } from "./settings.ts";
import { readToken } from "./token.ts";

export { manifest };

export default defineExtension<typeof manifest, Settings>(manifest, async (host) => {
  const { settings, log, timers } = host;
  const known = createCredentials(await readToken(settings.tokenFile));
  let served: readonly RouteDefinition[] = [];
  const own = createRoutes({
    sessions: host.get(sessions),
    models: () => host.find(models) ?? noModels(),
    extensions: () => host.extensions(),
    redact: (text) => host.find(redaction)?.text(text) ?? text,
    description: describeWith(settings.version, () => served),
    config: () => settings.configuration,
    health: {
      version: settings.version,
      pid: process.pid,
      startedAt: host.now(),
      now: host.now,
      draining: () => host.find(draining)?.state(),
      store: () => host.find(storeHealth)?.report(),
    },
  });
  for (const operation of operations) host.contribute(routes, operation, own[operation]);

  // Our own are served before the host lists them, which is after this activation.
  const ours = operations.map(
    (name): Contribution<RouteDefinition> => ({ name, value: own[name], extensionId: host.id }),
  );
  const currentRoutes = () => {
    const others = host.list(routes).filter(({ extensionId }) => extensionId !== host.id);
    const trust = new Map(host.extensions().map((extension) => [extension.id, extension.trust]));
    const table = routeTable([...ours, ...others], (extensionId) => trust.get(extensionId));
    for (const refused of table.refused) log.warn("a route is left out", { ...refused });
    served = table.routes;
    return served;
  };

  const running = await startListener({
    settings,
    log,
    timers,
    authenticate: known.authenticate,
    redact: known.redact,
    now: host.now,
    routes: currentRoutes(),
    isReady: createIsReady(() => host.extensions()),
  });
  host.onDispose("listener", () => running.stop());
  host.watch(routes, () => running.setRoutes(currentRoutes()));
  host.provide(listener, running);
  host.provide(credentials, { add: known.add });
});

/**
 * True once every extension that starts by itself has had its turn. Before, routes, tools and tokens are missing, and a browser that
 * is told 401 forgets its login. True for good: when one is started again later, the others go on.
 */
function createIsReady(extensions: () => readonly ExtensionInfo[]): () => boolean {
  let isReady = false;
  return () => {
    isReady ||= !extensions().some(({ state }) => state === "pending");
    return isReady;
  };
}

/** The document for the routes served now, made when it is first asked for and kept until they change. */
function describeWith(version: string, routes: () => readonly RouteDefinition[]): () => OpenApiDocument {
  let made: { readonly of: readonly RouteDefinition[]; readonly document: OpenApiDocument } | undefined;
  return () => {
    const of = routes();
    if (made?.of !== of) made = { of, document: openApiDocument(of, version) };
    return made.document;
  };
}

const noModels = (): never => {
  throw dispatchError("service-missing", "No extension provides models.");
};
