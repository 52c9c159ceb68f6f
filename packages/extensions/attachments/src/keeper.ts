/**
 * Who uses which attachment: a key for each pair, by conversation and by attachment. What is used stays; what nobody uses is
 * removed a day after it was taken in. One change at a time, so that nothing is removed while a message claims it.
 */
import type { Storage } from "@dispatch/kernel";
import { type Attachment, dispatchError } from "@dispatch/wire";
import type { Files } from "./files.ts";

export interface KeeperOptions {
  readonly files: Pick<Files, "look" | "list" | "remove">;
  readonly storage: Storage;
  now(): number;
  readonly unusedMs: number;
}

export interface Keeper {
  /** Rejects with `unknown-attachment`; then nothing is claimed. Sizes are those of the files. */
  claim(conversationId: string, wanted: readonly Attachment[]): Promise<Attachment[]>;
  /** The conversation is gone: what it alone used is removed. */
  release(conversationId: string): Promise<void>;
  /** Conversations that use one. */
  users(): Promise<ReadonlySet<string>>;
  /** Removes what nobody uses and nobody took in lately. */
  sweep(): Promise<void>;
}

const byConversation = "conversation/";
const byAttachment = "attachment/";

export function createKeeper({ files, storage, now, unusedMs }: KeeperOptions): Keeper {
  let last: Promise<unknown> = Promise.resolve();
  function inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = last.then(change);
    last = done.catch(() => undefined); // its caller hears of it
    return done;
  }

  const isUsed = async (id: string): Promise<boolean> =>
    (await storage.list(`${byAttachment}${id}/`)).length > 0;

  async function releaseNow(conversationId: string): Promise<void> {
    const prefix = `${byConversation}${conversationId}/`;
    for (const key of await storage.list(prefix)) {
      const id = key.slice(prefix.length);
      await storage.delete(`${byAttachment}${id}/${conversationId}`);
      // The other key goes last: a crash in between leaves what is needed to do it again.
      if (!(await isUsed(id))) await files.remove(id);
      await storage.delete(key);
    }
  }

  return {
    claim: (conversationId, wanted) =>
      inTurn(async () => {
        const found = await Promise.all(wanted.map(({ attachmentId }) => files.look(attachmentId)));
        const kept = wanted.map((attachment, at): Attachment => {
          const file = found[at];
          if (!file)
            throw dispatchError("unknown-attachment", `There is no attachment ${attachment.attachmentId}.`);
          return { ...attachment, size: file.size };
        });
        for (const { attachmentId: id } of kept) {
          await storage.set(`${byConversation}${conversationId}/${id}`, true);
          await storage.set(`${byAttachment}${id}/${conversationId}`, true);
        }
        return kept;
      }),
    release: (conversationId) => inTurn(() => releaseNow(conversationId)),
    async users() {
      const keys = await storage.list(byConversation);
      return new Set(keys.map((key) => key.slice(byConversation.length).split("/")[0] ?? ""));
    },
    async sweep() {
      for (const id of await files.list())
        await inTurn(async () => {
          const file = await files.look(id);
          if (file && file.addedAt < now() - unusedMs && !(await isUsed(id))) await files.remove(id);
        });
    },
  };
}
