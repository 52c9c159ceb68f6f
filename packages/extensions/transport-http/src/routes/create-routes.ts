/** All routes of this extension, by operation. */
import type { ExtensionInfo } from "@dispatch/kernel";
import type { Models, Sessions } from "@dispatch/session-orchestrator/ports";
import type { ConfigAnswer } from "@dispatch/wire";
import { docsRoute, docsScriptRoute, docsViewerRoute } from "../docs/docs-routes.ts";
import type { OpenApiDocument } from "../openapi/document.ts";
import type { RouteDefinition } from "../ports.ts";
import {
  configRoute,
  defaultsRoute,
  extensionsRoute,
  type Health,
  healthRoute,
  modelsRoute,
} from "./catalog.ts";
import { chatRoute } from "./chat.ts";
import { compactRoute, resetRoute, undoCompactRoute, warmRoute } from "./context.ts";
import { getRoute, metricsRoute, openRoute, patchRoute, statusRoute } from "./conversation.ts";
import { childrenRoute, createRoute, listRoute, resolveRoute } from "./conversations.ts";
import { openApiRoute } from "./description.ts";
import { deleteRoute, exportRoute, importRoute } from "./documents.ts";
import { fieldRoutes } from "./field-values.ts";
import type { Operation } from "./operations.ts";
import { previewRoute } from "./preview.ts";
import { contextRoute, eventsRoute, messagesRoute } from "./reading.ts";
import { closeRoute, lastRoute, stopRoute } from "./turns.ts";

export interface RouteSources {
  readonly sessions: Sessions;
  readonly models: () => Models;
  readonly extensions: () => readonly ExtensionInfo[];
  readonly health: Health;
  /** What the server was configured with. */
  readonly config: () => ConfigAnswer;
  /** Takes known secrets out of texts that are not this server's own. */
  readonly redact: (text: string) => string;
  /** The description of the API as it is now. */
  readonly description: () => OpenApiDocument;
}

export const createRoutes = ({
  sessions,
  models,
  extensions,
  health,
  config,
  redact,
  description,
}: RouteSources): Record<Operation, RouteDefinition> => ({
  chat: chatRoute(sessions),
  "chat.warm": warmRoute(sessions),
  "conversations.list": listRoute(sessions),
  "conversations.create": createRoute(sessions),
  "conversations.resolve": resolveRoute(sessions),
  "conversations.preview": previewRoute(sessions),
  "conversations.get": getRoute(sessions),
  "conversations.patch": patchRoute(sessions),
  "conversations.delete": deleteRoute(sessions),
  "conversations.export": exportRoute(sessions),
  "conversations.import": importRoute(sessions),
  "conversations.open": openRoute(sessions),
  "conversations.messages": messagesRoute(sessions),
  "conversations.context": contextRoute(sessions),
  "conversations.events": eventsRoute(sessions),
  "conversations.last": lastRoute(sessions),
  "conversations.status": statusRoute(sessions),
  "conversations.metrics": metricsRoute(sessions),
  "conversations.children": childrenRoute(sessions),
  "conversations.stop": stopRoute(sessions),
  "conversations.close": closeRoute(sessions),
  "conversations.reset": resetRoute(sessions),
  "conversations.compact": compactRoute(sessions),
  "conversations.compact.undo": undoCompactRoute(sessions),
  "models.list": modelsRoute(models),
  defaults: defaultsRoute(sessions),
  "extensions.list": extensionsRoute(extensions, redact),
  config: configRoute(config, redact),
  health: healthRoute(health),
  openapi: openApiRoute(description),
  docs: docsRoute(),
  "docs.script": docsScriptRoute(),
  "docs.viewer": docsViewerRoute(),
  ...fieldRoutes(sessions),
});
