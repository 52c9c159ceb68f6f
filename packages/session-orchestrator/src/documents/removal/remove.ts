/** Deleting: aborts, seals, archives if that is wanted, removes. Viewers end; the id is free again, for another epoch. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type DeleteAnswer, dispatchError, isDispatchError } from "@dispatch/wire";
import type { Conversation } from "../../conversation/conversation.ts";
import { conversationDeleted } from "../../ports/hooks.ts";
import { endTurns, within } from "../../sessions/end.ts";
import type { Parts } from "../../sessions/parts.ts";
import { piecesOf } from "../export.ts";
import { writeArchive } from "./archive.ts";

export type Remove = (id: string, archive: boolean) => Promise<DeleteAnswer>;

/**
 * Deletions of one conversation never run side by side: who wants the same joins the one that runs, who wants it otherwise comes
 * after it. What was deleted meanwhile is gone for the latter, whoever has its id by then.
 */
export function createRemove(parts: Parts): Remove {
  const running = new Map<string, { readonly archive: boolean; readonly answer: Promise<DeleteAnswer> }>();

  function start(id: string, archive: boolean): Promise<DeleteAnswer> {
    const answer = remove(parts, id, archive).finally(() => running.delete(id));
    running.set(id, { archive, answer });
    return answer;
  }

  return async (id, archive) => {
    for (;;) {
      const other = running.get(id);
      if (!other) return start(id, archive);
      if (other.archive === archive) return other.answer;
      const deleted = await other.answer.then(
        () => true,
        () => false, // told to those who asked for it
      );
      if (deleted) throw dispatchError("conversation-not-found", `${id} was deleted.`);
    }
  };
}

/** Nothing is removed unless the archive is on disk. */
const remove = (parts: Parts, id: string, archive: boolean): Promise<DeleteAnswer> =>
  parts.conversations.use(id, async (conversation) => {
    const { live, mailbox } = conversation;
    await endTurns(parts, conversation);
    conversation.endSideRequests();
    await mailbox.idle();
    let saved = archive ? await save(parts, conversation) : undefined;
    live.end("deleted");
    let kept: string | undefined;
    try {
      await mailbox.idle();
      // A turn that began meanwhile ends with it; its end is not written any more.
      const { running } = conversation;
      running?.abort();
      if (running) await within(parts, running.settled, parts.core.limits.stopMs);
      // Something was added while it was written: nothing is from here on.
      if (saved && saved.head < live.head) {
        const short = saved.path;
        saved = await save(parts, conversation);
        await rm(short, { force: true });
      }
      ({ kept } = (await parts.core.workplaces()?.release(id)) ?? {});
      await parts.core.log.delete(id);
    } finally {
      parts.conversations.drop(conversation);
    }
    // In the tick in which the id is free again: what is told later would be told of the next one under it.
    parts.core.emit(conversationDeleted, { conversationId: id });
    return {
      deleted: true,
      ...(saved && { archive: saved.name }),
      ...(kept === undefined ? {} : { kept }),
    };
  });

interface Saved {
  readonly name: string;
  readonly path: string;
  /** Up to where. */
  readonly head: number;
}

async function save({ core }: Parts, { id, live }: Conversation): Promise<Saved> {
  const { archiveDir } = core.limits;
  if (archiveDir === undefined) {
    throw dispatchError("not-implemented", "This server has no folder for archives.", {
      fix: "Add `?archive=false` to delete it for good.",
    });
  }
  const { head } = live;
  try {
    const name = await writeArchive(archiveDir, id, core.now(), piecesOf(core, id, head));
    return { name, path: join(archiveDir, name), head };
  } catch (cause) {
    if (isDispatchError(cause)) throw cause;
    core.logger.error("a conversation could not be archived", { conversationId: id, error: String(cause) });
    throw dispatchError("store-failed", "The archive could not be written, so nothing was deleted.", {
      cause,
    });
  }
}
