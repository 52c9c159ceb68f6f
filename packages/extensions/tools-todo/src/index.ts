/** `@dispatch/tools-todo`: the todo list of a conversation. */
import { defineExtension, tools } from "@dispatch/kernel";
import { conversationDeleted } from "@dispatch/session-orchestrator/ports";
import { manifest } from "./manifest.ts";
import { createTodoWrite, keyOf } from "./todo-write.ts";

export { manifest };

export default defineExtension(manifest, (host) => {
  host.contribute(tools, "todo_write", createTodoWrite(host.storage));
  host.on(conversationDeleted, ({ conversationId }) => host.storage.delete(keyOf(conversationId)));
});
