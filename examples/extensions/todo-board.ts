// todo-board.ts — a surface: what is left to do, on every client at once; one button takes the first off
import { defineExtension, defineManifest } from "@dispatch/kernel";
import { surfaces } from "@dispatch/surfaces/ports";
import * as z from "zod";

export const manifest = defineManifest({
  id: "todo-board",
  version: "1.0.0",
  apiVersion: "^1.0.0",
  description: "A list of things to do that every client shows.",
  dependsOn: { surfaces: "*" },
  contributes: { points: { "surfaces/surfaces": ["todo"] } },
});

export default defineExtension(manifest, (host) => {
  const items: string[] = [];
  const watchers = new Set<() => void>();
  const change = (edit: () => void) => {
    edit();
    for (const changed of watchers) changed();
  };

  host.contribute(surfaces, "todo", {
    title: "To do",
    scope: "global",
    read: () => ({
      parts: [
        { kind: "stat", id: "left", label: "Left", value: items.length },
        { kind: "stat", id: "first", label: "First", value: items[0] ?? "nothing" },
        { kind: "button", id: "done", label: "Done", action: "done" },
      ],
    }),
    watch(_conversationId, changed) {
      watchers.add(changed);
      return () => void watchers.delete(changed);
    },
    actions: {
      add: {
        scope: "write",
        value: z.string().min(1).max(200),
        run: (_id, text) => change(() => items.push(String(text))),
      },
      done: { scope: "write", run: () => change(() => items.shift()) },
    },
  });
});
