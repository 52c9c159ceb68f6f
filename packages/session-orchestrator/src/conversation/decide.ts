/**
 * Decisions: `(state, command) → records`, pure. Only the mailbox calls them and only it appends, so two decisions
 * about one conversation can never cross. A refused command throws a `DispatchError` and changes nothing.
 */
import {
  type DoneReason,
  dispatchError,
  type MetaPatch,
  type NewRecord,
  type QueueItem,
  type RecordOf,
  type Settings,
  type Usage,
  type UserInput,
} from "@dispatch/wire";
import { carry, discard, hold, inputOf } from "../queue/decide.ts";
import type { ConversationState } from "./state.ts";

/** Effective settings of a turn, as its start records them. */
export type TurnFacts = Omit<
  RecordOf<"turn-start">,
  "type" | "seq" | "ts" | "turnId" | "stepId" | "attempt" | "turn"
>;

/** A turn that begins: what was said, and how it runs. */
export interface TurnBegin {
  readonly turnId: string;
  readonly inputs: readonly UserInput[];
  /** Of the inputs, those that waited in the queue. */
  readonly queued?: readonly QueueItem[] | undefined;
  readonly turn: TurnFacts;
}

export interface StartCommand extends TurnBegin {
  /** Stored when this creates the conversation. */
  readonly creation?: MetaPatch | undefined;
}

function beginTurn({ turns }: ConversationState, { turnId, inputs, turn }: TurnBegin): NewRecord[] {
  return [
    ...inputs.map((input): NewRecord => ({ type: "user-message", turnId, ...inputOf(input) })),
    { type: "turn-start", turnId, ...turn, attempt: 1, turn: turns + 1 },
  ];
}

/** User messages and their turn, in one batch. A closed conversation opens again; what was held goes on behind it. */
export function startTurn(state: ConversationState, command: StartCommand): NewRecord[] {
  if (state.running) {
    throw dispatchError("conversation-busy", `Turn ${state.running.turnId} is running in ${state.id}.`, {
      data: { turnId: state.running.turnId },
    });
  }
  const { turnId, queued, creation } = command;
  const records: NewRecord[] = [];
  if (state.head === 0 && creation) records.push({ type: "meta-changed", patch: creation });
  records.push(...carry(state, queued), ...beginTurn(state, command));
  if (state.status !== "active") records.push({ type: "status-changed", turnId, status: "active" });
  return records;
}

/** A conversation without a message. */
export function createConversation(state: ConversationState, patch: MetaPatch): NewRecord[] {
  if (state.head > 0) {
    throw dispatchError("conversation-exists", `There is a conversation ${state.id}.`, {
      fix: "Choose another id, or send to this one.",
    });
  }
  return [{ type: "meta-changed", patch }];
}

/** All or nothing; nothing when it changes nothing. */
export function changeMeta(state: ConversationState, patch: MetaPatch, ifVersion?: number): NewRecord[] {
  if (ifVersion !== undefined && ifVersion !== state.version) {
    throw dispatchError("version-conflict", `${state.id} has version ${state.version}, not ${ifVersion}.`);
  }
  return Object.keys(patch).length === 0 ? [] : [{ type: "meta-changed", patch }];
}

/** Records of the running turn. Refused once it is sealed: whoever is late has lost its say. */
export function continueTurn(
  state: ConversationState,
  turnId: string,
  records: readonly NewRecord[],
): NewRecord[] {
  if (state.running?.turnId !== turnId) {
    throw new Error(`turn ${turnId} of ${state.id} is over`);
  }
  return records.map((record) => ({ ...record, turnId }));
}

export interface TurnEnding {
  readonly turnId: string;
  readonly reason: DoneReason;
  readonly detail?: string | undefined;
  readonly usage: Usage;
  readonly contextWindow?: number | undefined;
  readonly durationMs: number;
  /** The conversation is being closed: it ends closed, not idle, and what waits is discarded. */
  readonly closing: boolean;
  /** The turn that follows at once: no idle in between. Absent: what waits is held. */
  readonly next?: TurnBegin | undefined;
}

/** `done`, the status, `turn-sealed`, and the turn that follows: one synced batch. Empty when the turn is sealed already. */
export function sealTurn(state: ConversationState, ending: TurnEnding): NewRecord[] {
  const { running } = state;
  const { turnId, reason, detail, usage, contextWindow, durationMs, closing, next } = ending;
  if (running?.turnId !== turnId) return [];
  const sealed: NewRecord = { type: "turn-sealed", turnId };
  const status = closing ? "closed" : "idle";
  return [
    {
      type: "done",
      turnId,
      reason,
      usage,
      contextSize: state.contextSize,
      ...(contextWindow === undefined ? {} : { contextWindow }),
      durationMs,
      steps: running.steps,
      model: running.model,
      ...(detail === undefined ? {} : { detail }),
    },
    ...(next
      ? [sealed, ...carry(state, next.queued), ...beginTurn(state, next)]
      : [
          { type: "status-changed", turnId, status } as const,
          ...(closing ? discard(state, "the conversation was closed") : hold(state)),
          sealed,
        ]),
  ];
}

/** What waits is discarded. Closing what is closed, or a conversation with a running turn (its seal closes it), appends nothing. */
export function closeConversation(state: ConversationState): NewRecord[] {
  if (state.running || state.status === "closed") return [];
  return [{ type: "status-changed", status: "closed" }, ...discard(state, "the conversation was closed")];
}

const refuseWhileRunning = (state: ConversationState, what: string): void => {
  const { running } = state;
  if (!running) return;
  const detail = `Turn ${running.turnId} is running in ${state.id}: it cannot be ${what} now.`;
  throw dispatchError("conversation-busy", detail, { data: { turnId: running.turnId } });
};

/** A compaction begins. Refused while a turn runs or another compaction does. */
export function startCompaction(state: ConversationState): NewRecord[] {
  refuseWhileRunning(state, "compacted");
  if (state.compacting !== undefined)
    throw dispatchError("conversation-busy", `${state.id} is being compacted.`);
  return [{ type: "compaction-started", automatic: false }];
}

/** A compaction ends. What it was made from must still be the context: a reset meanwhile has voided it. */
export function endCompaction(
  state: ConversationState,
  started: number,
  end: Extract<NewRecord, { type: "compacted" | "compaction-failed" }>,
): NewRecord[] {
  return state.compacting === started ? [end] : [];
}

/** The last compaction is taken back: the context starts where it did before. */
export function undoCompaction(state: ConversationState): NewRecord[] {
  refuseWhileRunning(state, "changed");
  if (state.compacting !== undefined)
    throw dispatchError("conversation-busy", `${state.id} is being compacted.`);
  const last = state.compactions.at(-1);
  if (!last) throw dispatchError("bad-request", `There is no compaction of ${state.id} to undo.`);
  return [{ type: "compaction-undone", compacted: last.seq }];
}

/** The context starts empty; settings and history stay; what waits is discarded. */
export function resetContext(state: ConversationState): NewRecord[] {
  refuseWhileRunning(state, "reset");
  const voided: NewRecord[] =
    state.compacting === undefined
      ? []
      : [
          {
            type: "compaction-failed",
            error: { code: "reset", message: "The context was reset.", retryable: false },
          },
        ];
  return [...voided, { type: "reset" }, ...discard(state, "the conversation was reset")];
}

/** The settings a conversation keeps from the call that created it. Environment values are not kept. */
export function creationPatch(
  body: {
    title?: string | undefined;
    labels?: string[] | undefined;
    pinned?: boolean | undefined;
    workspace?: string | undefined;
    parentId?: string | undefined;
    parentCallId?: string | undefined;
  },
  settings: Settings,
): MetaPatch | undefined {
  const { env: _env, ...stored } = settings;
  const { title, labels, pinned, workspace, parentId, parentCallId } = body;
  const patch: MetaPatch = {
    ...(title === undefined ? {} : { title }),
    ...(labels === undefined ? {} : { labels }),
    ...(pinned === undefined ? {} : { pinned }),
    ...(workspace === undefined ? {} : { workspace }),
    ...(parentId === undefined ? {} : { parentId }),
    ...(parentCallId === undefined ? {} : { parentCallId }),
    ...(Object.keys(stored).length === 0 ? {} : { settings: stored }),
  };
  return Object.keys(patch).length === 0 ? undefined : patch;
}
