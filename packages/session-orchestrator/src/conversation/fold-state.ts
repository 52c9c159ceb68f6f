/** The fold from records to the conversation state. */
import {
  addUsage,
  type LogRecord,
  type MetaPatch,
  type Settings,
  sentences,
  settingNames,
  titleOf,
} from "@dispatch/wire";
import type { AskedApproval, ConversationState } from "./state.ts";

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
        lastErrorText: undefined,
        // Questions and answers are one turn's: what another one was allowed, this one is not.
        approvals: resumed ? state.approvals : [],
        running: {
          turnId: record.turnId ?? "",
          turn: record.turn,
          attempt: record.attempt,
          firstSeq: resumed?.firstSeq ?? record.seq - 1,
          startedAt: resumed?.startedAt ?? record.ts,
          model: record.model,
          steps: resumed?.steps ?? 0,
        },
      };
    }
    case "text":
    case "reasoning":
    case "tool-call":
      return countStep(inStep(state, record.stepId), "assistant", record.stepId);
    case "tool-result":
      // Denied, it never started.
      return countStep(withoutApprovals(state, record.callId), "tool", record.stepId);
    case "step-complete":
      return {
        ...state,
        // A resumption completes a step without a request.
        contextSize: record.usage.inputTokens + record.usage.outputTokens || state.contextSize,
        running: running && { ...running, steps: running.steps + 1 },
      };
    case "error":
      return { ...state, lastError: record.code, lastErrorText: why(record.message, record.fix) };
    case "done": {
      const usage = addUsage(state.usage, record.usage);
      const code = record.reason === "error" ? state.lastError : undefined;
      const detail = code === undefined ? why(record.detail) : state.lastErrorText;
      return {
        ...state,
        lastActivityAt: record.ts,
        updatedAt: record.ts,
        usage,
        lastTurn: {
          turnId: record.turnId ?? "",
          reason: record.reason,
          ...(code === undefined ? {} : { code }),
          ...(detail === undefined ? {} : { detail }),
        },
      };
    }
    case "approval-requested": {
      const { approvalId, callId, hash } = record;
      const asked = { approvalId, callId, hash, requestedAt: record.ts };
      return { ...state, approvals: [...state.approvals, asked].slice(-mostApprovals) };
    }
    case "approval-resolved": {
      const { approvalId, decision } = record;
      const answered = (asked: AskedApproval) =>
        asked.approvalId === approvalId ? { ...asked, decision } : asked;
      return { ...state, approvals: state.approvals.map(answered) };
    }
    case "attempt-superseded":
      return record.callIds.reduce(withoutApprovals, state);
    case "tool-start":
      // Once it runs, its question is of no more use.
      return withoutApprovals(state, record.callId);
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

/** Of what a list tells about a turn's end, in UTF-16 code units. */
const longestWhy = 400;

/** Sentences as one, cut short; undefined when there is none. */
function why(...texts: readonly (string | undefined)[]): string | undefined {
  const text = sentences(...texts);
  if (text === "") return undefined;
  return text.length <= longestWhy
    ? text
    : `${text.slice(0, longestWhy - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** Questions open at once; more calls than this in one step would be a fault. */
const mostApprovals = 1_000;

const withoutApprovals = (state: ConversationState, callId: string): ConversationState =>
  state.approvals.length === 0
    ? state
    : { ...state, approvals: state.approvals.filter((asked) => asked.callId !== callId) };

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
  // By the known names: whatever else a patch from elsewhere holds (`__proto__`, say) sets nothing.
  for (const name of settingNames) {
    const value = patch.settings && Object.hasOwn(patch.settings, name) ? patch.settings[name] : undefined;
    if (value === null) delete settings[name];
    else if (value !== undefined) settings[name] = value;
  }
  const { title = state.title, workspace = state.workspace } = patch;
  const { parentId = state.parentId, parentCallId = state.parentCallId } = patch;
  return {
    ...state,
    title: title ?? undefined,
    labels: patch.labels === undefined ? state.labels : (patch.labels ?? []),
    pinned: patch.pinned === undefined ? state.pinned : (patch.pinned ?? false),
    workspace: workspace ?? undefined,
    parentId,
    ...(parentCallId === undefined ? {} : { parentCallId }),
    settings: settings as Settings,
  };
}
