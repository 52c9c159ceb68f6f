/** A page of the list and what changed while it was read, as one moment. Pure. */
import type { ConversationRow, ListAnswer } from "@dispatch/wire";

export interface Change {
  readonly id: string;
  readonly reason: string;
  readonly row: ConversationRow;
}

/** What was heard of a conversation while the list was read, the latest of it. */
export type Heard<C extends Change = Change> = C | "deleted";

/** `later`: changes of what the page does not hold, to be told after it. */
export function mergeList<C extends Change>(
  page: ListAnswer,
  heard: ReadonlyMap<string, Heard<C>>,
): { readonly answer: ListAnswer; readonly later: readonly C[] } {
  const left = new Map(heard);
  const items = page.items.flatMap((row): ConversationRow[] => {
    const change = heard.get(row.id);
    if (change === undefined) return [row];
    if (change === "deleted") return [];
    if (change.row.status === "closed") return []; // not of this page any more
    left.delete(row.id);
    return [change.row.head >= row.head ? change.row : row];
  });
  const later = [...left.values()].filter((change) => change !== "deleted");
  return { answer: { ...page, items }, later };
}
