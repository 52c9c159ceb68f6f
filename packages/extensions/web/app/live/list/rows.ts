/** The list of conversations as it is shown: newest first, closed ones apart from those that were asked for. Pure. */
import type { ConversationRow } from "@dispatch/wire";

export type Rows = ReadonlyMap<string, ConversationRow>;

export const rowsOf = (rows: readonly ConversationRow[]): Rows => new Map(rows.map((row) => [row.id, row]));

/** An older state of a row never replaces a newer one. */
export function withRow(rows: Rows, row: ConversationRow): Rows {
  const held = rows.get(row.id);
  if (held && (held.head > row.head || held.version > row.version)) return rows;
  return new Map(rows).set(row.id, row);
}

/** Of a list that was asked for: what was told meanwhile holds. `gone`: deleted since. */
export function withFound(rows: Rows, found: readonly ConversationRow[], gone: ReadonlySet<string>): Rows {
  return found.filter(({ id }) => !gone.has(id)).reduce(withRow, rows);
}

export function withoutRow(rows: Rows, id: string): Rows {
  if (!rows.has(id)) return rows;
  const left = new Map(rows);
  left.delete(id);
  return left;
}

/** Every word of the search is in the title, the id, a label or the model; first who waits for an answer, then pinned ones. */
export function shownRows(rows: Rows, search: string, current: string | undefined): ConversationRow[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (row: ConversationRow): boolean => {
    if (row.status === "closed" && words.length === 0 && row.id !== current) return false;
    const text = [row.title, row.id, row.model ?? "", ...row.labels].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return [...rows.values()]
    .filter(fits)
    .sort(
      (a, b) =>
        Number(isAsking(b)) - Number(isAsking(a)) ||
        Number(b.pinned) - Number(a.pinned) ||
        b.lastActivityAt - a.lastActivityAt ||
        (a.id < b.id ? -1 : 1),
    );
}

/** It goes no further before a person has answered. */
const isAsking = ({ waiting }: ConversationRow): boolean => waiting === "approval";

/** How many wait for an answer; `except`: one that is being looked at. */
export function countAsking(rows: Rows, except?: string): number {
  let count = 0;
  for (const row of rows.values()) if (isAsking(row) && row.id !== except) count += 1;
  return count;
}

/** What a row is called when nobody named it. */
export const titleOf = (row: { readonly title: string; readonly id: string } | undefined): string =>
  row === undefined ? "" : row.title.trim() || row.id;

export type Dot = "asking" | "running" | "failed" | "closed" | "idle";

export const dotWords: Readonly<Record<Dot, string>> = {
  asking: "waits for an answer",
  running: "running",
  failed: "failed",
  closed: "closed",
  idle: "idle",
};

export function dotOf(row: Pick<ConversationRow, "status" | "waiting" | "lastTurn">): Dot {
  const { status, waiting, lastTurn } = row;
  if (waiting === "approval") return "asking";
  if (status === "active") return "running";
  if (status === "closed") return "closed";
  const reason = lastTurn?.reason ?? "completed";
  return reason === "completed" || reason === "aborted" ? "idle" : "failed";
}
