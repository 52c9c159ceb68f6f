/** `@dispatch/notices/ports`: the service `notices`, by which any extension tells the user something in a sentence. */
import { defineService } from "@dispatch/kernel";
import type { Notice, NoticeLevel } from "@dispatch/wire";

export interface NewNotice {
  readonly level: NoticeLevel;
  /** A sentence of at most 500 characters; more is cut. Nothing out of a conversation but its title. */
  readonly text: string;
  readonly conversationId?: string | undefined;
  readonly turnId?: string | undefined;
  /** Id of the extension that raises it. */
  readonly source: string;
}

export interface Notices {
  /** Tells every client that may read, and keeps it among the newest. Never throws. */
  raise(notice: NewNotice): Notice;
}

export const notices = defineService<Notices>()("notices/notices");
