/** All that is shown of a conversation: the reducer's view, and what stands beside it (queue, approvals, tools, a retry). Pure. */
import type {
  Approval,
  ConversationView,
  Delta,
  DispatchEvent,
  QueueItem,
  Snapshot,
  TurnError,
} from "@dispatch/wire";
import { applyEvent, createView, errorOf, isDelta, titleOf, type View } from "@dispatch/wire/shown";

export interface RunningTool {
  readonly callId: string;
  readonly name: string;
  /** Unix time in ms. */
  readonly startedAt: number;
}

export interface LiveView {
  /** Messages and open blocks; `drawnMessages` of `@dispatch/wire` puts them together. */
  readonly view: View;
  /** Meta as of the snapshot and what changed since; undefined when it was followed from a cursor. */
  readonly conversation: ConversationView | undefined;
  /** Older messages are at `/messages`. */
  readonly hasMore: boolean;
  readonly queue: readonly QueueItem[];
  /** The queue waits for the next message of a person, or for a resume. */
  readonly held: boolean;
  /** Calls that wait for a person's word. */
  readonly approvals: readonly Approval[];
  /** Tools under way; their output so far is an open block under the `callId`. */
  readonly tools: readonly RunningTool[];
  /** The provider is asked again at `retryAt`. */
  readonly retry:
    | { readonly attempt: number; readonly retryAt: number; readonly error: TurnError }
    | undefined;
  /** What a turn waits for that does not run yet: `slot`. What a running one waits for is among its tools and approvals. */
  readonly waiting: string | undefined;
  /** It made no progress for so long, ms, and has not gone on since. */
  readonly stalledMs: number | undefined;
  /** Why the newest turn fails or has failed. */
  readonly error: TurnError | undefined;
}

export function liveViewOf(snapshot: Snapshot): LiveView {
  const { conversation, hasMore, queue, held, approvals, running, error } = snapshot;
  const tools = running?.tools ?? [];
  return {
    view: createView({ snapshot }),
    conversation,
    hasMore,
    queue,
    held,
    approvals,
    tools,
    retry: running?.retry,
    waiting: running?.waiting === "slot" ? "slot" : undefined,
    stalledMs: running?.stalledMs,
    error,
  };
}

/**
 * A new object when something changed; its `view` is the same one, changed. `gap`: what the event means cannot be known from
 * what is held; a snapshot says it.
 */
export function applyToLiveView(before: LiveView, event: DispatchEvent): LiveView | "gap" {
  const applied = applyEvent(before.view, event);
  if (applied !== "applied") return applied === "gap" ? "gap" : before;
  // A title that is set meanwhile, a message that is queued end no wait.
  const isWork = isDelta(event) || event.stepId !== undefined || endsWait.has(event.type);
  const now: LiveView = isWork ? { ...before, retry: undefined, waiting: undefined } : { ...before };
  if (isDelta(event)) return now;
  const after = recorded(now, event);
  return after === "gap" ? after : asked(after);
}

function recorded(now: LiveView, event: Exclude<DispatchEvent, Delta>): LiveView | "gap" {
  switch (event.type) {
    case "user-message":
      return now.conversation?.title === ""
        ? { ...now, conversation: { ...now.conversation, title: titleOf(event.text) } }
        : now;
    case "turn-start":
      return { ...now, error: undefined, stalledMs: undefined, tools: [] };
    case "queue-changed":
      return { ...now, queue: event.queue, held: event.held };
    case "approval-requested": {
      const { approvalId, callId, request, conversationId, turnId = "", ts } = event;
      const approval = { approvalId, conversationId, turnId, callId, requestedAt: ts, request };
      return { ...now, approvals: [...now.approvals, approval] };
    }
    case "approval-resolved":
      return { ...now, approvals: now.approvals.filter(({ approvalId }) => approvalId !== event.approvalId) };
    case "tool-start":
      return {
        ...now,
        approvals: ofOthers(now.approvals, [event.callId]),
        tools: [
          ...now.tools,
          { callId: event.callId, name: nameOf(now.view, event.callId), startedAt: event.ts },
        ],
      };
    case "tool-result":
      return {
        ...now,
        approvals: ofOthers(now.approvals, [event.callId]),
        tools: now.tools.filter(({ callId }) => callId !== event.callId),
      };
    case "attempt-superseded":
      return {
        ...now,
        approvals: ofOthers(now.approvals, event.callIds),
        tools: now.tools.filter(({ callId }) => !event.callIds.includes(callId)),
      };
    case "provider-retry": {
      const { attempt, retryAt, error } = event;
      return { ...now, retry: { attempt, retryAt, error } };
    }
    case "error":
      return { ...now, error: errorOf(event) };
    case "turn-stalled":
      return { ...now, stalledMs: event.idleMs };
    case "turn-resumed":
    case "done":
      return { ...now, stalledMs: undefined };
    case "meta-changed": {
      if (!now.conversation) return now;
      const conversation = patched(now.conversation, event.patch);
      return conversation ? { ...now, conversation } : "gap";
    }
    case "status-changed":
      return now.conversation ? { ...now, conversation: { ...now.conversation, status: event.status } } : now;
    case "turn-sealed":
      return { ...now, tools: [], approvals: now.approvals.filter(({ turnId }) => turnId !== event.turnId) };
    default:
      return now;
  }
}

/** A call that runs, has its result or is void asks for nothing any more. */
const ofOthers = (approvals: readonly Approval[], callIds: readonly string[]): readonly Approval[] =>
  approvals.some(({ callId }) => callIds.includes(callId))
    ? approvals.filter(({ callId }) => !callIds.includes(callId))
    : approvals;

/** The row's word of it follows the records too. */
function asked(now: LiveView): LiveView {
  const { conversation, approvals } = now;
  if (!conversation || (conversation.waiting !== undefined) === approvals.length > 0) return now;
  const { waiting: _waiting, ...rest } = conversation;
  return { ...now, conversation: approvals.length > 0 ? { ...rest, waiting: "approval" } : rest };
}

function nameOf(view: View, callId: string): string {
  for (const message of view.messages.toReversed())
    for (const chunk of message.chunks)
      if (chunk.type === "tool-call" && chunk.callId === callId) return chunk.name;
  return "";
}

const endsWait = new Set(["turn-start", "error", "turn-sealed"]);

type MetaPatch = Extract<DispatchEvent, { type: "meta-changed" }>["patch"];

/** Undefined: something was cleared, and what holds instead only the server knows. */
function patched(conversation: ConversationView, patch: MetaPatch): ConversationView | undefined {
  const { title, labels, pinned, workspace, settings = {} } = patch;
  const { cwd, model } = settings;
  const isCleared = title === null || Object.values(settings).includes(null);
  // A workspace has defaults of its own.
  if (isCleared || (workspace !== undefined && workspace !== (conversation.workspace ?? null)))
    return undefined;
  const own = Object.entries(settings).map(
    ([name, value]) => [name, { value, source: "conversation" as const }] as const,
  );
  return {
    ...conversation,
    ...(typeof cwd === "string" ? { cwd } : {}),
    ...(typeof model === "string" ? { model } : {}),
    ...(title === undefined || title === null ? {} : { title }),
    ...(labels === undefined ? {} : { labels: labels ?? [] }),
    ...(pinned === undefined ? {} : { pinned: pinned ?? false }),
    settings: {
      ...conversation.settings,
      ...Object.fromEntries(own),
    },
  };
}
