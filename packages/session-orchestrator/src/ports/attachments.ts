/** The port `attachments`: files that messages bring along. An extension takes them and keeps them. */
import { defineService, type ReadAttachment } from "@dispatch/kernel";
import type { Attachment } from "@dispatch/wire";

export interface Attachments {
  /**
   * Says that a conversation uses these from now on: they stay at least as long as it does. Resolves, once that is on disk, with
   * them as they are kept. Rejects with `unknown-attachment`.
   */
  claim(conversationId: string, wanted: readonly Attachment[]): Promise<Attachment[]>;
  /** The bytes; undefined when they are not there. */
  readonly read: ReadAttachment;
}

export const attachments = defineService<Attachments>()("session-orchestrator/attachments");
