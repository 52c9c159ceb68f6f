/** Hooks: what happened (events) and where others have a say (filters). Every value is structured-cloneable. */
import { defineEvent, defineFilter, type ToolKind } from "@dispatch/kernel";
import type { ApprovalsMode, ConversationRow, ConversationStatus, DoneReason, Usage } from "@dispatch/wire";

interface InTurn {
  readonly conversationId: string;
  readonly turnId: string;
}

export const turnStarted = defineEvent<InTurn & { model: string; cwd: string; attempt: number }>()(
  "session-orchestrator/turnStarted",
);
export const stepCommitted = defineEvent<InTurn & { stepId: string; usage: Usage }>()(
  "session-orchestrator/stepCommitted",
);
/** After `turn-sealed` is stored. */
export const turnSettled = defineEvent<InTurn & { reason: DoneReason; usage: Usage }>()(
  "session-orchestrator/turnSettled",
);
/** A turn made no progress for so long, ms. */
export const turnStalled = defineEvent<InTurn & { idleMs: number }>()("session-orchestrator/turnStalled");
/** A stalled turn goes on. */
export const turnResumed = defineEvent<InTurn>()("session-orchestrator/turnResumed");
export const warmCompleted = defineEvent<{ conversationId: string; usage: Usage }>()(
  "session-orchestrator/warmCompleted",
);
/** A client asks every client to show it. */
export const conversationOpened = defineEvent<{ conversationId: string }>()(
  "session-orchestrator/conversationOpened",
);
export const conversationClosed = defineEvent<{ conversationId: string }>()(
  "session-orchestrator/conversationClosed",
);
export const conversationStatusChanged = defineEvent<{
  conversationId: string;
  status: ConversationStatus;
}>()("session-orchestrator/conversationStatusChanged");
/** Its list row changed; latest wins. */
export const conversationChanged = defineEvent<{
  conversationId: string;
  reason: string;
  row: ConversationRow;
}>()("session-orchestrator/conversationChanged");
export const conversationCompacted = defineEvent<{ conversationId: string; seq: number }>()(
  "session-orchestrator/conversationCompacted",
);
/** A compaction came to nothing; the context is as before. `code` as in its record. */
export const conversationCompactionFailed = defineEvent<{ conversationId: string; code: string }>()(
  "session-orchestrator/conversationCompactionFailed",
);
/** What waits in it, or whether that is held, changed; `sessions` and `queues` tell what it is now. */
export const queueChanged = defineEvent<{ conversationId: string }>()("session-orchestrator/queueChanged");
export const conversationDeleted = defineEvent<{ conversationId: string }>()(
  "session-orchestrator/conversationDeleted",
);

/** What a request for this conversation is made of. `purpose`: an answer, a cache warming, a compaction. */
export interface PlanDraft {
  readonly conversationId: string;
  readonly purpose: "turn" | "warm" | "compact";
  readonly cwd: string;
  readonly model: string;
  /** Joined with an empty line between, in this order. */
  readonly system: readonly { readonly id: string; readonly text: string }[];
  /** Tools the model may call; a filter may leave out or redescribe, the tool itself stays who it is. */
  readonly tools: readonly {
    readonly name: string;
    readonly description: string;
    readonly inputSchema: Readonly<Record<string, unknown>>;
  }[];
}

/** Once per turn. A failing handler is left out. */
export const planTurn = defineFilter<PlanDraft>()("session-orchestrator/planTurn", {
  onError: "skip",
  timeoutMs: 5_000,
});

export interface ToolCallDraft extends InTurn {
  readonly stepId: string;
  readonly callId: string;
  readonly name: string;
  readonly input: unknown;
  readonly target?: string | undefined;
  readonly cwd: string;
  readonly kind: ToolKind;
  /** The effective approvals mode of the turn. */
  readonly approvals: ApprovalsMode;
  /** Set by the gate that may say so. Without it only reads run, unless the mode is `full`. */
  readonly approved?: boolean | undefined;
  /** Set it to refuse: the model gets this sentence. */
  readonly denied?: string | undefined;
}

/** Before each call; fails closed: a failing handler denies. The deadline is long: a person may be asked. */
export const beforeTool = defineFilter<ToolCallDraft>()("session-orchestrator/beforeTool", {
  onError: "fail",
  timeoutMs: 2_147_483_647,
});

export interface ToolResultDraft extends InTurn {
  readonly stepId: string;
  readonly callId: string;
  readonly name: string;
  readonly input: unknown;
  readonly output: string;
  readonly isError: boolean;
  readonly truncated: boolean;
}

/** After each call; a failing handler is left out. */
export const afterTool = defineFilter<ToolResultDraft>()("session-orchestrator/afterTool", {
  onError: "skip",
  timeoutMs: 5_000,
});
