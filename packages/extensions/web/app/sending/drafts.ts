/** What is typed and not sent, per conversation, with the files beside it: kept at every key. */
import type { Attachment } from "@dispatch/wire";
import type { LocalStore } from "./local-store.ts";

export interface Drafts {
  get(conversationId: string | undefined): string;
  set(conversationId: string | undefined, text: string): void;
  /** Files that have been uploaded for it. */
  attached(conversationId: string | undefined): readonly Attachment[];
  attach(conversationId: string | undefined, files: readonly Attachment[]): void;
  /** What could not be sent comes back, before what was typed since. */
  giveBack(conversationId: string | undefined, text: string, files?: readonly Attachment[]): void;
}

const keyOf = (conversationId: string | undefined) => `draft.${conversationId ?? ""}`;
const filesKeyOf = (conversationId: string | undefined) => `files.${conversationId ?? ""}`;

export function createDrafts(store: LocalStore): Drafts {
  const get = (conversationId: string | undefined): string => {
    const text = store.get(keyOf(conversationId));
    return typeof text === "string" ? text : "";
  };
  const set = (conversationId: string | undefined, text: string): void => {
    store.set(keyOf(conversationId), text === "" ? undefined : text);
  };
  const attached = (conversationId: string | undefined): readonly Attachment[] =>
    filesIn(store.get(filesKeyOf(conversationId)));
  const attach = (conversationId: string | undefined, files: readonly Attachment[]): void => {
    store.set(filesKeyOf(conversationId), files.length === 0 ? undefined : files);
  };
  return {
    get,
    set,
    attached,
    attach,
    giveBack(conversationId, text, files = []) {
      const known = new Set(files.map(({ attachmentId }) => attachmentId));
      const others = attached(conversationId).filter(({ attachmentId }) => !known.has(attachmentId));
      attach(conversationId, [...files, ...others]);
      const since = get(conversationId);
      if (since === text) return;
      set(conversationId, since === "" ? text : `${text}\n\n${since}`);
    },
  };
}

/** Attachments in a value that was kept, or in fields of a frame. */
export const filesIn = (value: unknown): readonly Attachment[] =>
  Array.isArray(value)
    ? value.filter(
        (each): each is Attachment =>
          typeof each?.attachmentId === "string" && typeof each.mimeType === "string",
      )
    : [];
