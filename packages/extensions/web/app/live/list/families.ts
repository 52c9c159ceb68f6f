/** The list as families: children under their parents, those that have nothing to say folded away. Pure. */
import type { ConversationRow } from "@dispatch/wire";
import { type Rows, shownRows } from "./rows.ts";

export interface FamilyRow {
  readonly row: ConversationRow;
  /** 0: it is nobody's child, or its parent is not shown. */
  readonly depth: number;
  /** Children of it that are not shown. */
  readonly folded: number;
}

/**
 * A family stands where its foremost member would. Children are shown while they work or ask, and while one looks at any
 * member of the family. What is searched for is found without its family.
 */
export function familyRows(rows: Rows, search: string, current: string | undefined): FamilyRow[] {
  const shown = shownRows(rows, search, current);
  if (search.trim() !== "") return shown.map((row) => ({ row, depth: 0, folded: 0 }));
  const parents = parentsOf(shown);
  /** By parent, foremost families first. */
  const children = new Map<string, Set<ConversationRow>>();
  const roots = new Map<string, ConversationRow>();
  for (const row of shown) {
    let top = row;
    for (let parent = parents.get(row.id); parent; parent = parents.get(parent.id)) {
      children.set(parent.id, (children.get(parent.id) ?? new Set()).add(top));
      top = parent;
    }
    roots.set(row.id, top);
  }
  const openRoot = roots.get(current ?? "")?.id;

  const listed: FamilyRow[] = [];
  const placed = new Set<string>();
  /** The row and what is shown below it; nothing when it may be folded away itself. */
  function family(row: ConversationRow, depth: number, isOpen: boolean): FamilyRow[] {
    placed.add(row.id);
    const under = [...(children.get(row.id) ?? [])].map((child) => family(child, depth + 1, isOpen));
    const below = under.flat();
    if (depth > 0 && !isOpen && row.status !== "active" && below.length === 0) return [];
    return [{ row, depth, folded: under.filter(({ length }) => length === 0).length }, ...below];
  }
  for (const row of shown) {
    if (placed.has(row.id)) continue;
    const root = roots.get(row.id);
    if (root && !placed.has(root.id)) listed.push(...family(root, 0, root.id === openRoot));
  }
  return listed;
}

/** The parents that are shown. Rows that lead back to themselves, which no server makes, have none: the rest is a forest. */
function parentsOf(shown: readonly ConversationRow[]): ReadonlyMap<string, ConversationRow> {
  const held = new Map(shown.map((row) => [row.id, row]));
  const parentOf = (row: ConversationRow | undefined) => held.get(row?.parentId ?? "");
  const parents = new Map<string, ConversationRow>();
  for (const row of shown) {
    const seen = new Set<string>();
    let above = parentOf(row);
    for (; above && above !== row && !seen.has(above.id); above = parentOf(above)) seen.add(above.id);
    const parent = parentOf(row);
    if (parent && above !== row) parents.set(row.id, parent);
  }
  return parents;
}

/** The conversations that calls of this one work in, by call. */
export function childrenByCall(rows: Rows, parentId: string): ReadonlyMap<string, ConversationRow> {
  const found = new Map<string, ConversationRow>();
  for (const row of rows.values())
    if (row.parentId === parentId && row.parentCallId !== undefined) found.set(row.parentCallId, row);
  return found;
}
