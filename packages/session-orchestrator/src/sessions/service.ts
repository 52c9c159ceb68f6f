/** The service `sessions`, put together from its methods. */
import { exportConversation } from "../documents/export.ts";
import { importConversation } from "../documents/import.ts";
import { createRemove } from "../documents/removal/remove.ts";
import { createGate } from "../gate.ts";
import { conversationOpened } from "../ports/hooks.ts";
import type { Sessions } from "../ports/sessions.ts";
import { compact, context, reset, undoCompact, warm } from "./context.ts";
import { close, last, stop } from "./end.ts";
import { handleMessage } from "./handle-message.ts";
import { keyed } from "./keyed.ts";
import { messages } from "./messages.ts";
import { defaults, get, list, patch, resolve, status } from "./meta.ts";
import { metrics } from "./metrics.ts";
import type { Parts } from "./parts.ts";
import { create, send } from "./send.ts";
import { subscribe } from "./subscribe.ts";

export function createSessions(parts: Parts): Sessions {
  // A document is held whole until it is stored: one at a time.
  const oneImport = createGate(1);
  const remove = createRemove(parts);
  return {
    send: (body, call) => send(parts, body, call),
    create: (body, call) => create(parts, body, call),
    get: (id) => get(parts, id),
    defaults: (workspace) => defaults(parts, workspace),
    list: (query) => list(parts, query),
    resolve: (prefix) => resolve(parts, prefix),
    patch: (id, body, call, ifVersion) => patch(parts, id, body, call, ifVersion),
    messages: (id, window) => messages(parts, id, window),
    context: (id) => context(parts, id),
    status: (id) => status(parts, id),
    metrics: (id, limit) => metrics(parts, id, limit),
    isActive: (id) => parts.conversations.peek(id)?.running !== undefined,
    last: (id, options) => last(parts, id, options),
    stop: (id, turnId, call) => keyed(parts, "stop", id, { turnId }, call, () => stop(parts, id, turnId)),
    close: (id, call) => keyed(parts, "close", id, {}, call, () => close(parts, id)),
    delete: (id, { archive = false } = {}) => remove(id, archive),
    export: (id) => exportConversation(parts, id),
    import: (document, options, call) => oneImport(() => importConversation(parts, document, options, call)),
    reset: (id, call) => keyed(parts, "reset", id, {}, call, () => reset(parts, id)),
    compact: (id, options, call) =>
      keyed(parts, "compact", id, options, call, () => compact(parts, id, options)),
    undoCompact: (id, call) => keyed(parts, "compact.undo", id, {}, call, () => undoCompact(parts, id)),
    warm: (id, call) => keyed(parts, "warm", id, {}, call, () => warm(parts, id)),
    open: (id) =>
      parts.conversations.use(id, async () => parts.core.emit(conversationOpened, { conversationId: id })),
    subscribe: (id, options) => subscribe(parts, id, options),
    handleMessage: (body, call, signal) => handleMessage(parts, body, call, signal),
  };
}
