/** `surfaces`: what extensions declare as small interfaces, for any client to draw, over WebSocket and HTTP. */
import { defineExtension, extensionsChanged, schemas } from "@dispatch/kernel";
import { conversationDeleted, sessions } from "@dispatch/session-orchestrator/ports";
import { routes } from "@dispatch/transport-http/ports";
import { broadcast, type Connection, ops } from "@dispatch/transport-ws/ports";
import { createCatalogue } from "./catalogue.ts";
import { createDesk } from "./desk.ts";
import { extensionsSurface } from "./extensions-surface.ts";
import { createGuard } from "./guard.ts";
import { manifest } from "./manifest.ts";
import { invokeOp, subscribeOp, unsubscribeOp } from "./ops.ts";
import { surfaces } from "./ports.ts";
import { createRepeats } from "./repeats.ts";
import { createRooms } from "./rooms.ts";
import { getRoute, invokeRoute, listRoute } from "./routes.ts";
import type { Settings } from "./settings.ts";

export * from "./ports.ts";
export { manifest };

const sweepMs = 60 * 60_000;
const catalogueKey = "surfaces catalogue";

export default defineExtension<typeof manifest, Settings>(manifest, (host) => {
  const { settings, timers, now, log } = host;
  const sockets = host.get(broadcast);
  const guard = createGuard({ log, timers });
  const rooms = createRooms({ broadcast: sockets, guard, timers, now, ...settings });
  const repeats = createRepeats({ storage: host.storage, now, log, keepMs: settings.idempotencyMs });
  let catalogue = createCatalogue([]);
  const desk = createDesk({
    catalogue: () => catalogue,
    rooms,
    sessions: host.get(sessions),
    guard,
    repeats,
    compile: host.get(schemas).compile,
    signal: host.signal,
    ...settings,
  });

  const catalogueFrame = () => ({ type: "catalog", surfaces: catalogue.items });
  function update(): void {
    const before = JSON.stringify(catalogue.items);
    catalogue = createCatalogue(host.list(surfaces));
    for (const { name, by, why } of catalogue.refused) log.warn("a surface is left out", { name, by, why });
    if (JSON.stringify(catalogue.items) !== before) sockets.offer(catalogueKey, catalogueFrame);
    rooms.rebind(catalogue);
  }
  function greet(connection: Connection): void {
    if (connection.caller.scopes.has("read")) connection.offer(catalogueKey, catalogueFrame);
  }

  const extensionWatchers = new Set<() => void>();
  const watchExtensions = (changed: () => void) => {
    extensionWatchers.add(changed);
    return () => void extensionWatchers.delete(changed);
  };
  host.on(extensionsChanged, () => {
    for (const changed of [...extensionWatchers]) changed();
  });
  host.on(conversationDeleted, ({ conversationId }) => rooms.endConversation(conversationId));

  host.contribute(surfaces, "extensions", extensionsSurface(host.extensions, watchExtensions));
  host.contribute(routes, "surfaces.list", listRoute(desk));
  host.contribute(routes, "surfaces.get", getRoute(desk));
  host.contribute(routes, "surfaces.invoke", invokeRoute(desk));
  host.contribute(ops, "surface.subscribe", subscribeOp(desk));
  host.contribute(ops, "surface.unsubscribe", unsubscribeOp(desk));
  host.contribute(ops, "surface.invoke", invokeOp(desk));

  host.onDispose("rooms", () => rooms.close());
  host.onDispose("greeting", sockets.watch(greet));
  host.watch(surfaces, update);
  update();
  timers.every(sweepMs, () => repeats.sweep());
});
