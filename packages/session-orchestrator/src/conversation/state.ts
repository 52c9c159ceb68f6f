/**
 * Conversation state: the small fold which decisions are made on. Kept beside the log as its checkpoint, so loading a
 * conversation reads one row. `stateVersion` changes with its shape: an older checkpoint is folded anew from the log.
 */
import type {
  ApprovalDecision,
  ConversationRow,
  ConversationStatus,
  LogRecord,
  MetaPatch,
  QueueItem,
  Settings,
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
  /** Attempts since a step was completed. */
  readonly tries: number;
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
    messageCount: 0,
    contextFrom: 1,
    resetAt: 0,
    compactions: [],
    contextSize: 0,
    queue: [],
    held: false,
  };
}

/** Folds one record. Never throws: what it does not know only moves the head. */
export function foldState(state: ConversationState, record: LogRecord): ConversationState {
  const createdAt = state.head === 0 ? record.ts : state.createdAt;
  return {
    ...foldChange({ ...state, createdAt, lastActivityAt: state.lastActivityAt || createdAt }, record),
    head: record.seq,
  };
}

function foldChange(state: ConversationState, record: LogRecord): ConversationState {
  const { running } = state;
  switch (record.type) {
    case "user-message":
      return {
        ...counted(state, 1),
        firstWords: state.firstWords ?? titleOf(record.text),
        updatedAt: record.ts,
      };
    case "steering":
      return counted(state, record.messages.length);
    case "turn-start": {
      const resumed = running && running.turnId === record.turnId ? running : undefined;
      return {
        ...state,
        turns: Math.max(state.turns, record.turn),
        lastActivityAt: record.ts,
        updatedAt: record.ts,
        lastError: undefined,
        running: {
          turnId: record.turnId ?? "",
          turn: record.turn,
          attempt: record.attempt,
          firstSeq: resumed?.firstSeq ?? record.seq - 1,
          startedAt: record.ts,
          model: record.model,
          steps: resumed?.steps ?? 0,
          tries: (resumed?.tries ?? 0) + 1,
        },
      };
    }
    case "text":
    case "reasoning":
    case "tool-call":
      return countStep(inStep(state, record.stepId), "assistant", record.stepId);
    case "tool-result":
      return countStep(state, "tool", record.stepId);
    case "step-complete":
      return {
        ...state,
        contextSize: record.usage.inputTokens + record.usage.outputTokens,
        running: running && { ...running, steps: running.steps + 1, tries: 0 },
      };
    case "error":
      return { ...state, lastError: record.code };
    case "done": {
      const code = record.reason === "error" ? state.lastError : undefined;
      return {
        ...state,
        lastActivityAt: record.ts,
        updatedAt: record.ts,
        lastTurn: {
          turnId: record.turnId ?? "",
          reason: record.reason,
          ...(code === undefined ? {} : { code }),
        },
      };
    }
    case "approval-requested": {
      const { approvalId, callId, hash } = record;
      return {
        ...state,
        approvals: [...state.approvals, { approvalId, callId, hash, requestedAt: record.ts }],
      };
    }
    case "approval-resolved": {
      const { approvalId, decision } = record;
      const answered = (asked: AskedApproval) =>
        asked.approvalId === approvalId ? { ...asked, decision } : asked;
      return { ...state, approvals: state.approvals.map(answered) };
    }
    case "tool-start":
      // Once it runs, its question is of no more use.
      return { ...state, approvals: state.approvals.filter(({ callId }) => callId !== record.callId) };
    case "turn-sealed":
      return { ...state, running: undefined, counted: undefined, approvals: [] };
    case "status-changed":
      return { ...state, status: record.status, updatedAt: record.ts };
    case "meta-changed":
      return {
        ...patched(state, record.patch as MetaPatch),
        updatedAt: record.ts,
        version: state.version + 1,
      };
    case "compaction-started":
      return { ...state, compacting: record.seq };
    case "compaction-failed":
      return { ...state, compacting: undefined };
    case "compacted":
      return {
        ...counted(state, 1),
        compacting: undefined,
        contextFrom: record.keepFrom,
        compactions: [...state.compactions, { seq: record.seq, keepFrom: record.keepFrom }].slice(-16),
      };
    case "compaction-undone": {
      const compactions = state.compactions.slice(0, -1);
      return { ...state, compactions, contextFrom: compactions.at(-1)?.keepFrom ?? state.resetAt + 1 };
    }
    case "reset":
      return {
        ...state,
        contextFrom: record.seq + 1,
        resetAt: record.seq,
        compactions: [],
        messageCount: 0,
        contextSize: 0,
      };
    case "queue-changed":
      return { ...state, queue: record.queue, held: record.held };
    default:
      return state;
  }
}

const counted = (state: ConversationState, by: number): ConversationState => ({
  ...state,
  messageCount: state.messageCount + by,
});

function countStep(
  state: ConversationState,
  kind: "assistant" | "tool",
  stepId: string | undefined,
): ConversationState {
  if (stepId === undefined || state.counted?.[kind] === stepId) return state;
  return { ...counted(state, 1), counted: { ...state.counted, [kind]: stepId } };
}

const inStep = (state: ConversationState, stepId: string | undefined): ConversationState =>
  !state.running || state.running.stepId === stepId
    ? state
    : { ...state, running: { ...state.running, stepId } };

function patched(state: ConversationState, patch: MetaPatch): ConversationState {
  const settings: Record<string, unknown> = { ...state.settings };
  for (const [name, value] of Object.entries(patch.settings ?? {})) {
    if (value === null || value === undefined) delete settings[name];
    else settings[name] = value;
  }
  const { title = state.title, workspace = state.workspace, parentId = state.parentId } = patch;
  return {
    ...state,
    title: title ?? undefined,
    labels: patch.labels === undefined ? state.labels : (patch.labels ?? []),
    pinned: patch.pinned === undefined ? state.pinned : (patch.pinned ?? false),
    workspace: workspace ?? undefined,
    parentId,
    settings: settings as Settings,
  };
}

/** First words of a message, for a title: one line, at most 60 characters, cut at a word. */
export function titleOf(text: string): string {
  const line = text.trim().split(/\s+/u).slice(0, 16).join(" ");
  const points = [...line];
  if (points.length <= 60) return line;
  const cut = points.slice(0, 59).join("");
  return `${cut.slice(0, cut.lastIndexOf(" ") > 30 ? cut.lastIndexOf(" ") : undefined)}…`;
}
