/** The working folders to choose from for a new conversation: those of recent conversations, and the server's own. Pure. */
import type { ConversationRow } from "@dispatch/wire";
import { shortPath } from "../text/format.ts";

export interface FolderOption {
  /** Empty: none is named, so the server's default holds. */
  readonly path: string;
  readonly label: string;
}

const most = 8;
/** `chosen` stands among them wherever it came from; `standard`: the server's default, when it is known. */
export function folderOptions(
  rows: Iterable<Pick<ConversationRow, "cwd" | "parentId" | "lastActivityAt">>,
  chosen: string,
  standard: string | undefined,
): FolderOption[] {
  const recent = [...rows]
    // A child works where its parent's model sent it.
    .filter(({ parentId }) => parentId === undefined)
    .sort((a, b) => b.lastActivityAt - a.lastActivityAt)
    .flatMap(({ cwd }) => cwd ?? []);
  const named = [...new Set([...(chosen === "" ? [] : [chosen]), ...recent])].filter(
    (path) => path !== standard || path === chosen,
  );
  return [
    { path: "", label: standard === undefined ? "the server's folder" : shortPath(standard) },
    ...named.slice(0, most).map((path) => ({ path, label: shortPath(path) })),
  ];
}
