/** What tools-todo is: a list that a model keeps for itself, per conversation. */
import { defineManifest } from "@dispatch/kernel";

export const manifest = defineManifest({
  id: "tools-todo",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "A todo list that a model keeps of its work in a conversation.",
  dependsOn: { kv: "*" },
  capabilities: ["storage"],
  contributes: { points: { tools: ["todo_write"] } },
  listens: { events: ["session-orchestrator/conversationDeleted"] },
});
