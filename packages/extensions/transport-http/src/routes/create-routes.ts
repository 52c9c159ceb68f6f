/** All routes of this extension, by operation. */
import type { ExtensionInfo } from "@dispatch/kernel";
import type { Models, Sessions } from "@dispatch/session-orchestrator/ports";
import type { RouteDefinition } from "../ports.ts";
import { extensionsRoute, type Health, healthRoute, modelsRoute } from "./catalog.ts";
import { chatRoute } from "./chat.ts";
import { getRoute, patchRoute, statusRoute } from "./conversation.ts";
import { createRoute, listRoute, resolveRoute } from "./conversations.ts";
import { fieldRoutes } from "./field-values.ts";
import type { Operation } from "./operations.ts";
import { contextRoute, eventsRoute, messagesRoute } from "./reading.ts";
import { closeRoute, lastRoute, stopRoute } from "./turns.ts";

export interface RouteSources {
  readonly sessions: Sessions;
  readonly models: () => Models;
  readonly extensions: () => readonly ExtensionInfo[];
  readonly health: Health;
}

export const createRoutes = ({
  sessions,
  models,
  extensions,
  health,
}: RouteSources): Record<Operation, RouteDefinition> => ({
  chat: chatRoute(sessions),
  "conversations.list": listRoute(sessions),
  "conversations.create": createRoute(sessions),
  "conversations.resolve": resolveRoute(sessions),
  "conversations.get": getRoute(sessions),
  "conversations.patch": patchRoute(sessions),
  "conversations.messages": messagesRoute(sessions),
  "conversations.context": contextRoute(sessions),
  "conversations.events": eventsRoute(sessions),
  "conversations.last": lastRoute(sessions),
  "conversations.status": statusRoute(sessions),
  "conversations.stop": stopRoute(sessions),
  "conversations.close": closeRoute(sessions),
  "models.list": modelsRoute(models),
  "extensions.list": extensionsRoute(extensions),
  health: healthRoute(health),
  ...fieldRoutes(sessions),
});
