/**
 * Conversation state: the small fold which decisions are made on. Kept beside the log as its checkpoint, so loading a
 * conversation reads one row. `stateVersion` changes with its shape: an older checkpoint is folded anew from the log.
 */
import type {
  ApprovalDecision,
  ConversationRow,
  ConversationStatus,
  QueueItem,
  Settings,
  Usage,
} from "@dispatch/wire";

export const stateVersion = 1;

export interface RunningTurn {
  readonly turnId: string;
  /** Ordinal in the conversation, from 1. */
  readonly turn: number;
  readonly attempt: number;
  /** Seq of the first record of its admission. */
  readonly firstSeq: number;
  readonly startedAt: number;
  readonly model: string;
  readonly stepId?: string | undefined;
  /** Steps completed. */
  readonly steps: number;
}

export interface AskedApproval {
  readonly approvalId: string;
  readonly callId: string;
  /** Unix ms. */
  readonly requestedAt: number;
  /** Of the request as it was shown. */
  readonly hash: string;
  readonly decision?: ApprovalDecision | undefined;
}

export interface ConversationState {
  readonly v: typeof stateVersion;
  readonly id: string;
  readonly head: number;
  readonly status: ConversationStatus;
  readonly title?: string | undefined;
  /** First words of the first message, until a title is set. */
  readonly firstWords?: string | undefined;
  readonly labels: readonly string[];
  readonly pinned: boolean;
  readonly workspace?: string | undefined;
  readonly parentId?: string | undefined;
  /** The call of the parent that it works for. */
  readonly parentCallId?: string | undefined;
  readonly settings: Settings;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly lastActivityAt: number;
  readonly version: number;
  readonly turns: number;
  readonly running?: RunningTurn | undefined;
  readonly lastTurn?: ConversationRow["lastTurn"];
  /** Questions of the running turn and their answers. What was asked is in their records. */
  readonly approvals: readonly AskedApproval[];
  /** Of all sealed turns. */
  readonly usage: Usage;
  readonly messageCount: number;
  /** Last step counted in `messageCount`, once for its assistant and once for its tool message. */
  readonly counted?:
    | { readonly assistant?: string | undefined; readonly tool?: string | undefined }
    | undefined;
  /** Where the model's context starts: behind a reset, or at a compaction's `keepFrom`. */
  readonly contextFrom: number;
  /** Seq of the last reset, 0 when there was none: where messages start by default. */
  readonly resetAt: number;
  /** Seq of a `compaction-started` that has not ended. */
  readonly compacting?: number | undefined;
  /** Compactions in force, oldest first: the last one counts, the others come back when it is undone. At most 16. */
  readonly compactions: readonly { readonly seq: number; readonly keepFrom: number }[];
  /** Input + output tokens of the last step. */
  readonly contextSize: number;
  readonly queue: readonly QueueItem[];
  readonly held: boolean;
  readonly lastError?: string | undefined;
  /** What that error said, and what to do about it; cut short. */
  readonly lastErrorText?: string | undefined;
}

export function emptyState(id: string): ConversationState {
  return {
    v: stateVersion,
    id,
    head: 0,
    status: "idle",
    labels: [],
    pinned: false,
    settings: {},
    createdAt: 0,
    updatedAt: 0,
    lastActivityAt: 0,
    version: 0,
    turns: 0,
    approvals: [],
    usage: { inputTokens: 0, outputTokens: 0 },
    messageCount: 0,
    contextFrom: 1,
    resetAt: 0,
    compactions: [],
    contextSize: 0,
    queue: [],
    held: false,
  };
}
