/** The list itself, pure: its shape, how it is shown, what was lost between two of them. */
import * as z from "zod";

export const maxItems = 100;
export const maxTextLength = 500;

export const todoItem = z.strictObject({
  text: z.string().trim().min(1).max(maxTextLength).describe("What is to be done, in a few words."),
  status: z.enum(["pending", "in_progress", "done"]),
});
export type TodoItem = z.infer<typeof todoItem>;

export const todoList = z.array(todoItem).max(maxItems);

const boxes = { pending: "[ ]", in_progress: "[>]", done: "[x]" } as const;

/** One line per item, then one in parentheses that counts. */
export function renderList(items: readonly TodoItem[]): string {
  if (items.length === 0) return "(the list is empty)";
  const lines = items.map(({ text, status }) => `${boxes[status]} ${text.replace(/\s+/g, " ")}`);
  const count = (status: TodoItem["status"]) => items.filter((item) => item.status === status).length;
  return [...lines, `(${count("done")} of ${items.length} done, ${count("in_progress")} in progress)`].join(
    "\n",
  );
}

/** Items of the list before that were not done and are not in the new one: perhaps forgotten. */
export function dropped(before: readonly TodoItem[], now: readonly TodoItem[]): readonly TodoItem[] {
  const kept = new Set(now.map(({ text }) => text));
  return before.filter(({ text, status }) => status !== "done" && !kept.has(text));
}
