/** `@dispatch/message-queue`: messages that come while a turn runs wait, and are delivered into it or after it. */
import { commands } from "@dispatch/commands/ports";
import { defineExtension } from "@dispatch/kernel";
import { inbox, queueChanged, queues, sessions } from "@dispatch/session-orchestrator/ports";
import { surfaces } from "@dispatch/surfaces/ports";
import { routes } from "@dispatch/transport-http/ports";
import { ops } from "@dispatch/transport-ws/ports";
import { queueCommands } from "./commands.ts";
import { manifest, type QueueSettings } from "./manifest.ts";
import { commandNames, opNames, routeNames } from "./names.ts";
import { queueOps } from "./ops.ts";
import { createPolicy } from "./policy.ts";
import { queueRoutes } from "./routes.ts";
import { createSurface } from "./surface.ts";

export { manifest };

export default defineExtension<typeof manifest, QueueSettings>(manifest, (host) => {
  host.provide(inbox, createPolicy(host.settings));
  const service = host.get(queues);
  const ownRoutes = queueRoutes(service);
  for (const name of routeNames) host.contribute(routes, name, ownRoutes[name]);
  const ownOps = queueOps(service);
  for (const name of opNames) host.contribute(ops, name, ownOps[name]);
  const ownCommands = queueCommands(service, host.get(sessions));
  for (const name of commandNames) host.contribute(commands, name, ownCommands[name]);
  const surface = createSurface(service);
  host.contribute(surfaces, "queue", surface.definition);
  host.on(queueChanged, ({ conversationId }) => surface.changed(conversationId));
});
