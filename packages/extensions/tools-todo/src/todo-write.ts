/** The tool `todo_write`: replaces the list of the conversation. */
import { defineTool, type Storage } from "@dispatch/kernel";
import * as z from "zod";
import { dropped, maxItems, renderList, todoList } from "./todo-list.ts";

export const keyOf = (conversationId: string): string => `list/${conversationId}`;

export const createTodoWrite = (storage: Pick<Storage, "get" | "set">) =>
  defineTool({
    description:
      "Keeps your todo list for this conversation. Give the whole list each time, in order; it replaces the one before. " +
      "Use it for work of several steps, and keep it true: one item in progress, done ones marked at once. " +
      "The result shows the list, and unfinished items of the list before that are not in it any more.",
    parameters: z.strictObject({
      items: todoList.describe(`All items, at most ${maxItems}. An empty list clears it.`),
    }),
    kind: "read", // it touches no file and nothing outside
    concurrencySafe: false,
    repeatable: true,
    target: ({ items }) => `${items.length} item${items.length === 1 ? "" : "s"}`,
    async execute({ items }, { conversationId }) {
      const key = keyOf(conversationId);
      // What an earlier version has stored in another shape counts as no list.
      const before = todoList.safeParse(await storage.get(key)).data ?? [];
      await storage.set(key, items);
      const lost = dropped(before, items);
      const note = lost.length === 0 ? "" : `\n(no longer on the list, and not done:)\n${renderList(lost)}`;
      return { output: renderList(items) + note };
    },
  });
