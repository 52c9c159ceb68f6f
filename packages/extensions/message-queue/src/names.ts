/** What the extension contributes, by name: the manifest and the code that registers it read the same lists. */
export const routeNames = [
  "queue.offer",
  "queue.list",
  "queue.cancel",
  "queue.clear",
  "queue.resume",
] as const;
export const opNames = ["chat.queue", "chat.queue.cancel"] as const;
export const commandNames = ["send", "queue", "cancel"] as const;
