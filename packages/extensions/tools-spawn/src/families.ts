/** Who is whose child: read once from the list when it is first needed, kept up to date by what happens after. */
import type { Sessions } from "@dispatch/session-orchestrator/ports";
import type { ConversationRow } from "@dispatch/wire";

export interface Families {
  childrenOf(parentId: string): Promise<readonly string[]>;
  /** A row changed: it may be a new child. */
  seen(row: Pick<ConversationRow, "id" | "parentId">): void;
  gone(id: string): void;
}

export function createFamilies(sessions: Pick<Sessions, "list">): Families {
  const children = new Map<string, Set<string>>();
  const parents = new Map<string, string>();
  let reading: Promise<void> | undefined;

  function seen({ id, parentId }: Pick<ConversationRow, "id" | "parentId">): void {
    if (parentId === undefined || parents.has(id)) return;
    parents.set(id, parentId);
    const known = children.get(parentId) ?? new Set();
    children.set(parentId, known.add(id));
  }

  async function readAll(): Promise<void> {
    let cursor: string | undefined;
    do {
      const page = await sessions.list({ statuses: ["active", "idle", "closed"], limit: 1_000, cursor });
      for (const row of page.items) seen(row);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }

  return {
    async childrenOf(parentId) {
      reading ??= readAll().catch((error: unknown) => {
        reading = undefined;
        throw error;
      });
      await reading;
      return [...(children.get(parentId) ?? [])];
    },
    seen,
    gone(id) {
      const parentId = parents.get(id);
      parents.delete(id);
      if (parentId === undefined) return;
      const left = children.get(parentId);
      left?.delete(id);
      if (left?.size === 0) children.delete(parentId);
    },
  };
}
