/** What a live connection offers, and what it is told at its start. */
import type { Accepted, ApprovalDecision, ChatBody, StopAnswer } from "@dispatch/wire";
import type { BackoffOptions } from "../backoff.ts";
import type { HttpOptions } from "../http.ts";
import type { ConnectionTimes, LiveState } from "./connection.ts";
import type { Follower } from "./conversation/entry.ts";
import type { Following } from "./conversation/follows.ts";
import type { Watched, WatchOptions } from "./conversation/watch.ts";
import type { Clock, Frame } from "./links/link.ts";
import type { WebSocketConstructor } from "./links/socket.ts";
import type { ListOptions } from "./list.ts";
import type { Answer, PendingSend } from "./requests.ts";

export interface LiveOptions extends HttpOptions, BackoffOptions, Partial<ConnectionTimes>, Partial<Clock> {
  /** Default: the global one. Node 20 has none; `ws` has one that fits. Without any, or with null, server-sent events are used. */
  readonly WebSocket?: WebSocketConstructor | null | undefined;
  /** Makes idempotency keys. Default: a random UUID. */
  readonly newKey?: (() => string) | undefined;
  /** What an earlier live connection left unacknowledged: sent again, under the same keys. */
  readonly pending?: readonly PendingSend[] | undefined;
  /** Requests that may wait for their answers, sends included. Default 100; one more is refused with `too-many-pending`. */
  readonly maxPending?: number | undefined;
}

/** Body of `chat.queue`. */
export interface QueueBody {
  readonly conversationId: string;
  readonly message: string;
  readonly deliver?: "steer" | "followup" | "interrupt" | undefined;
  readonly clientMessageId?: string | undefined;
  readonly attachments?: ChatBody["attachments"];
}

export interface FollowFrom extends Follower {
  /** Cursor of the last thing held; "0" = everything from the first record. Absent: a snapshot of now. */
  readonly after?: string | undefined;
}

/** `cursor` is that of the last item. */
export interface LiveChat extends Omit<Accepted, "cursor">, Following {}

export interface Abortable {
  /** Gives it up: a send that is not acknowledged is discarded then, though the server may have it. */
  readonly signal?: AbortSignal | undefined;
}

/** Requests reject with a `ClientError`, or with their signal's reason. */
export interface Live {
  readonly state: LiveState;
  onState(listener: (state: LiveState) => void): () => void;
  /** Tries at once what would be tried later: the network is back, the page is looked at again. */
  retry(): void;
  /** Follows a conversation through cuts and restarts of the server. */
  follow(conversationId: string, from: FollowFrom): Following;
  /** The same as a view that is kept up to date. */
  watch(conversationId: string, options: WatchOptions): Watched;
  /** The list of conversations and its changes; `reason` of a change is the server's word for it. */
  list(options: ListOptions): { close(): void };
  /** Starts a turn. Kept until it is acknowledged, over every cut, under one key: the turn is started once. */
  send(body: ChatBody, options?: Abortable): Promise<Accepted>;
  /**
   * Starts a turn and follows its conversation from the turn's first record on (where the conversation is followed already:
   * from where that is).
   */
  chat(body: ChatBody, follower: Follower, options?: Abortable): Promise<LiveChat>;
  /** Queues a message; kept as `send` keeps its. */
  queue(body: QueueBody, options?: Abortable): Promise<Answer>;
  /** Takes a queued message back. */
  cancel(conversationId: string, messageId: string): Promise<Answer>;
  /** Aborts the running turn, or only the one named. */
  stop(conversationId: string, turnId?: string): Promise<StopAnswer>;
  resolveApproval(approvalId: string, decision: ApprovalDecision): Promise<void>;
  /** Any operation of the server. With an `idempotencyKey` among the fields it is repeated after a cut; else it fails then. */
  request(type: string, fields?: Readonly<Record<string, unknown>>, options?: Abortable): Promise<Answer>;
  /** Frames of one type that belong to no request: `notice`, `conversation.open`, `surface.update` … */
  on(type: string, listener: (frame: Frame) => void): () => void;
  /** What was sent or queued and is not acknowledged. */
  unacknowledged(): readonly PendingSend[];
  /** Whenever that changes. */
  onUnacknowledged(listener: (sends: readonly PendingSend[]) => void): () => void;
  /** Forgets one of them by its key; true when it was there. The server may have it already. */
  discard(key: string): boolean;
  /** Ends everything: what waits is rejected with `closed`, follows end with it. `unacknowledged` stays as it was. */
  close(): void;
}
