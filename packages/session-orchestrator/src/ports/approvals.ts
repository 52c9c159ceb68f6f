/** The service `approvals`: asking a person, on every client, about one call. Questions and answers are records. */
import { defineService } from "@dispatch/kernel";
import type { Approval, ApprovalDecision, ApprovalRequest } from "@dispatch/wire";

export interface ApprovalQuestion {
  readonly conversationId: string;
  readonly turnId: string;
  readonly stepId: string;
  readonly callId: string;
  readonly request: ApprovalRequest;
}

export interface ApprovalAnswer {
  readonly decision: ApprovalDecision;
  /** Who answered: the id of a credential. */
  readonly by?: string | undefined;
}

export interface Approvals {
  /**
   * Asks and waits, however long; never answers by itself. After a restart the same call finds its question, or its answer,
   * again; when its arguments are no longer those that were shown it is denied. Rejects when the signal aborts.
   */
  ask(question: ApprovalQuestion, signal: AbortSignal): Promise<ApprovalAnswer>;
  /** What waits now, oldest first; after a start not before it is known what the turns that were cut wait for. */
  waiting(): Promise<readonly Approval[]>;
  /** Answers one, once. Rejects with `approval-not-found` or `approval-answered`; resolves when the answer is on disk. */
  resolve(approvalId: string, answer: ApprovalAnswer): Promise<void>;
}

export const approvals = defineService<Approvals>()("session-orchestrator/approvals");
