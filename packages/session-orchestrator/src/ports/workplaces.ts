/** The port `workplaces`: folders that conversations have for themselves, such as git worktrees. An extension provides it. */
import { defineService } from "@dispatch/kernel";

export interface WorkplaceWanted {
  readonly conversationId: string;
  /** The folder that it stands for, absolute and existing. */
  readonly cwd: string;
  /** Undefined: one made for the conversation. */
  readonly branch: string | undefined;
}

export interface Workplaces {
  /** The folder, absolute; made when there is none. Rejects with `invalid-worktree`. */
  open(wanted: WorkplaceWanted): Promise<string>;
  /**
   * The conversation is deleted: its folder is removed, unless it holds changes that nothing else has. Never rejects.
   * `kept`: where they are.
   */
  release(conversationId: string): Promise<{ readonly kept?: string | undefined }>;
}

export const workplaces = defineService<Workplaces>()("session-orchestrator/workplaces");
