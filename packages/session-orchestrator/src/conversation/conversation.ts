/** A conversation in memory: its mailbox, its live end, its context when a turn needed it, its running turn. */
import { type Approval, errorOf, type LogRecord } from "@dispatch/wire";
import { type Context, createContext } from "../context/context.ts";
import type { Core } from "../core.ts";
import { createLive, type Live } from "../hub/live.ts";
import {
  conversationChanged,
  conversationClosed,
  conversationStatusChanged,
  queueChanged,
} from "../ports/hooks.ts";
import type { IdempotencyRow, LogEntry } from "../ports/log.ts";
import type { TurnSettings } from "../settings.ts";
import type { Prepared } from "../turn/admission.ts";
import type { TurnBegin } from "./decide.ts";
import { createMailbox, type Mailbox } from "./mailbox.ts";
import { trackQuestions } from "./questions.ts";
import { isAsking, rowOf } from "./row.ts";
import type { ConversationState } from "./state.ts";

/** How a running turn is made to end. */
export type TurnStop = "aborted" | "interrupted" | "suspended" | "stalled";

export interface Running {
  readonly turnId: string;
  readonly model: string;
  /** Effective. */
  readonly settings: TurnSettings;
  /**
   * Aborts provider, tools, sleeps. `interrupted`: because the server stops, and the turn is sealed so; `stalled`: because it
   * made no progress; `detail` says more. `suspended`: nothing
   * more is appended, so that the next boot finds the turn as a crash would have left it, and resumes it.
   */
  abort(reason?: TurnStop, detail?: string): void;
  /** Somebody made it end. */
  readonly aborted: boolean;
  /** Resolves when `turn-sealed` is stored, or when sealing failed. */
  readonly settled: Promise<void>;
  /** Begins in the write that seals this turn, however it ended, unless the conversation is being closed. */
  successor: Successor | undefined;
}

/** A turn that somebody waits to begin. */
export interface Successor {
  readonly begin: TurnBegin;
  readonly prepared: Prepared;
  /** Stored in the same write. */
  row(entries: readonly LogEntry[]): IdempotencyRow | undefined;
  /** `taken`: the write is decided, so it cannot be withdrawn any more. `begun`: the write is done. */
  state: "waiting" | "taken" | "begun";
}

export interface Conversation {
  readonly id: string;
  readonly live: Live;
  readonly mailbox: Mailbox;
  readonly state: ConversationState;
  running: Running | undefined;
  /** A close is under way: the running turn's seal ends `closed`. */
  closing: boolean;
  /** Calls of an earlier attempt that run now: nobody sees their records again, and by their tools one knows what the turn waits for. */
  knowCalls(calls: Iterable<{ readonly callId: string; readonly name: string }>): void;
  /** The model context up to the head; read from the log the first time. */
  context(): Promise<Context>;
  /** Size of the context held, 0 when none is. */
  contextSize(): number;
  /** Requests beside the turn (warming, summaries): their signals, ended with the conversation or the server. */
  readonly sideRequests: Set<AbortController>;
  endSideRequests(): void;
}

export interface Loaded {
  readonly epoch: string;
  readonly check: string;
  readonly fence: number;
  readonly state: ConversationState;
  /** Calls of its running turn that wait for a person's word. */
  readonly questions?: ReadonlyMap<string, Approval>;
}

export function createConversation(
  core: Core,
  id: string,
  loaded: Loaded,
  onFailed: (conversation: Conversation) => void,
): Conversation {
  const live = createLive(
    id,
    { epoch: loaded.epoch, head: loaded.state.head, check: loaded.check },
    core.limits,
    core.soon,
  );
  for (const [id, question] of loaded.questions ?? []) live.approvals.set(id, question);
  // Of a new one it is known: it is empty, and grows with the records.
  let context: Context | undefined = loaded.state.head === 0 ? createContext(0) : undefined;
  let loading: Promise<Context> | undefined;
  let generation = 0;
  const names = new Map<string, string>();
  const sideRequests = new Set<AbortController>();

  function track(record: LogRecord): void {
    if (record.turnId !== undefined && record.type !== "turn-stalled" && record.type !== "turn-resumed")
      live.progressAt = record.ts;
    // Not every record ends the sleep before a retry: a title may be set meanwhile, a message queued.
    if (record.type === "provider-retry")
      live.retry = { attempt: record.attempt, retryAt: record.retryAt, error: record.error };
    else if (record.stepId !== undefined || endsRetry.has(record.type)) live.retry = undefined;
    trackQuestions(live.approvals, id, record);
    if (record.type === "error") live.error = errorOf(record);
    else if (record.type === "turn-start") live.error = undefined;
    if (record.type === "turn-stalled") live.stalledMs = record.idleMs;
    else if (endsStall.has(record.type)) live.stalledMs = undefined;
    if (record.type === "tool-call") names.set(record.callId, record.name);
    else if (record.type === "tool-start") {
      const name = names.get(record.callId) ?? "";
      live.tools.set(record.callId, { callId: record.callId, name, startedAt: record.ts });
    } else if (record.type === "turn-sealed") names.clear();
    else if (record.type === "compaction-undone") {
      context = undefined;
      generation++;
    }
  }

  const mailbox = createMailbox({
    log: core.log,
    live,
    fence: loaded.fence,
    state: loaded.state,
    now: core.now,
    onFailed: () => onFailed(conversation),
    onAppended(before, after, records, sizes) {
      records.forEach((record, index) => {
        track(record);
        if (context?.seq === record.seq - 1) context.apply(record, sizes[index] ?? 0);
      });
      if (before.status !== after.status) {
        core.emit(conversationStatusChanged, { conversationId: id, status: after.status });
        if (after.status === "closed") core.emit(conversationClosed, { conversationId: id });
      }
      if (before.queue !== after.queue || before.held !== after.held)
        core.emit(queueChanged, { conversationId: id });
      const reason = changeReason(before, after, records);
      if (reason) core.emit(conversationChanged, { conversationId: id, reason, row: rowOf(after) });
    },
  });

  async function loadContext(): Promise<Context> {
    const { contextFrom, compactions, head } = mailbox.state;
    const last = compactions.at(-1)?.seq;
    const begun = generation;
    const fresh = createContext(contextFrom - 1, (seq) => seq === last || seq > head);
    // Records appended while reading are read too: the loop ends at a head that did not move during its last page.
    while (fresh.seq < live.head) {
      const page = await core.log.read(id, fresh.seq, { limit: 1_000 });
      for (const entry of page.entries) fresh.apply(JSON.parse(entry.json) as LogRecord, entry.json.length);
      if (page.entries.length === 0) break;
    }
    if (begun !== generation) return loadContext();
    context = fresh;
    return fresh;
  }

  const conversation: Conversation = {
    id,
    live,
    mailbox,
    get state() {
      return mailbox.state;
    },
    running: undefined,
    closing: false,
    knowCalls(calls) {
      for (const { callId, name } of calls) names.set(callId, name);
    },
    context() {
      if (context) return Promise.resolve(context);
      loading ??= loadContext().finally(() => {
        loading = undefined;
      });
      return loading;
    },
    contextSize: () => context?.size ?? 0,
    sideRequests,
    endSideRequests() {
      for (const request of sideRequests) request.abort(new Error("The conversation or the server ended."));
    },
  };
  return conversation;
}

const endsStall = new Set<LogRecord["type"]>(["turn-resumed", "turn-start", "done"]);
const endsRetry = new Set<LogRecord["type"]>(["turn-start", "error", "turn-sealed"]);

/** Why the list row changed, if it did. */
function changeReason(
  before: ConversationState,
  after: ConversationState,
  records: readonly LogRecord[],
): string | undefined {
  if (before.head === 0) return "created";
  if (before.status !== after.status) return "status";
  if (before.version !== after.version) return "meta";
  if (before.resetAt !== after.resetAt) return "reset";
  if (before.lastTurn !== after.lastTurn || records.some(({ type }) => type === "turn-start")) return "turn";
  if (isAsking(before) !== isAsking(after)) return "waiting";
  return undefined;
}
