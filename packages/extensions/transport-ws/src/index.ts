/** `transport-ws`: many conversations over one socket, with the operations that extensions bring. */
import { defineExtension } from "@dispatch/kernel";
import {
  approvals,
  conversationChanged,
  conversationCompacted,
  conversationDeleted,
  conversationOpened,
  conversationStatusChanged,
  sessions,
} from "@dispatch/session-orchestrator/ports";
import { listener } from "@dispatch/transport-http/ports";
import { createAnnounce, tellDeleted } from "./announce.ts";
import { createBroadcast } from "./broadcast.ts";
import { manifest } from "./manifest.ts";
import { operationNames } from "./operations.ts";
import { ownOps } from "./ops/own-ops.ts";
import { broadcast, type OpDefinition, ops } from "./ports.ts";
import type { Settings } from "./settings.ts";
import { createSockets } from "./sockets.ts";

export { manifest };

export default defineExtension<typeof manifest, Settings>(manifest, (host) => {
  const { settings, log, timers, now } = host;
  const own = ownOps(host.get(sessions), host.get(approvals));
  for (const name of operationNames) host.contribute(ops, name, own[name]);

  // Our own are served before the host lists them, which is after this activation.
  const served = () =>
    new Map<string, OpDefinition>([
      ...Object.entries(own),
      ...host.list(ops).map(({ name, value }) => [name, value] as const),
    ]);
  let table = served();
  host.watch(ops, () => {
    table = served();
  });

  const sockets = createSockets({
    sessions: host.get(sessions),
    settings,
    timers,
    log,
    now,
    op: (type) => table.get(type),
    onGone: tellDeleted,
    onOpened: (connection) => reach.opened(connection),
  });
  const reach = createBroadcast(() => sockets.all(), log);
  host.provide(broadcast, reach.service);
  const announce = createAnnounce(() => sockets.all());
  host.on(conversationOpened, ({ conversationId }) => announce.opened(conversationId));
  host.on(conversationStatusChanged, ({ conversationId, status }) =>
    announce.statusChanged(conversationId, status),
  );
  host.on(conversationChanged, ({ conversationId, reason, row }) =>
    announce.changed(conversationId, reason, row),
  );
  host.on(conversationCompacted, ({ conversationId, seq }) => announce.compacted(conversationId, seq));
  host.on(conversationDeleted, ({ conversationId }) => announce.deleted(conversationId));
  timers.every(settings.pingMs, () => {
    for (const connection of sockets.all()) connection.beat();
  });

  host.onDispose("sockets", () => sockets.stop());
  host.onDispose("upgrades", host.get(listener).upgrade("/ws", sockets.accept));
});
