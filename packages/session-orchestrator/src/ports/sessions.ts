/** The service `sessions`: what transports and features call. Turns belong to the server, not to who called. */
import { defineService, type ModelMessage, type ToolSpec } from "@dispatch/kernel";
import type {
  Accepted,
  ChatBody,
  ConversationRow,
  ConversationView,
  CreateBody,
  DeleteAnswer,
  LastAnswer,
  ListAnswer,
  MessagesAnswer,
  MetricsAnswer,
  PatchBody,
  Snapshot,
  StopAnswer,
  TurnError,
  Usage,
} from "@dispatch/wire";

/** Who calls, and the key that makes a repeat harmless. */
export interface CallContext {
  /** Id of the credential, for the scope of idempotency keys. */
  readonly credential: string;
  readonly idempotencyKey?: string | undefined;
}

/** One event, ready to send. */
export interface FrameEvent {
  readonly type: string;
  readonly turnId?: string | undefined;
  /** JSON of the event, with its conversationId. */
  readonly json: string;
  /** Place after this event. Made when read. */
  readonly cursor: string;
}

/** Consecutive events, shared by all viewers at the same place. */
export interface Frame {
  readonly conversationId: string;
  /** Place after the last event. */
  readonly cursor: string;
  readonly events: readonly FrameEvent[];
  /** The frame in a transport's format, made once for all viewers: `frame.encode("ndjson", toNdjson)`. */
  encode<T>(format: string, make: (frame: Frame) => T): T;
}

/** A cursor on the move. Holds no queue: what `next` gives depends on when it is asked. */
export interface Viewer {
  readonly conversationId: string;
  readonly mode: "replay" | "snapshot";
  /** With mode `snapshot`. */
  readonly snapshot?: Snapshot | undefined;
  /** Place before the first frame. */
  readonly cursor: string;
  /**
   * Waits until there is something after its place, at most once per event-loop turn and about 256 KiB; undefined when
   * closed, or when the conversation was deleted. Ask again only when the socket can take more.
   */
  next(): Promise<Frame | undefined>;
  /** What `next` would give, if that needs no waiting: undefined when there is nothing, when it must be read, when it is over. */
  take(): Frame | undefined;
  /**
   * Calls back once when there is something after its place (at once if there is), or with false when there will never be
   * anything. For viewers that share one socket: whoever is ready waits for its turn, and what it then takes is what there
   * is then. One callback at a time; it must not throw.
   */
  whenReady(run: (more: boolean) => void): void;
  close(): void;
}

export interface SubscribeOptions {
  /** A cursor, or "0" for everything from seq 1. Absent: a snapshot of now. */
  readonly after?: string | undefined;
  /** Honour a good cursor however far behind it is: for a stream that must not skip, as that of one turn. */
  readonly unbounded?: boolean | undefined;
  /** Messages in the snapshot: default 200. */
  readonly window?: number | undefined;
}

export interface SendResult extends Accepted {
  /** Place just before the turn's first record: subscribe with it to get exactly the turn. */
  readonly before: string;
  /** An idempotent repeat: nothing was started. */
  readonly repeated: boolean;
}

export interface CreateResult {
  readonly conversation: ConversationView;
  readonly turn?: Accepted | undefined;
  /** The first message could not start a turn; the conversation exists. */
  readonly turnError?: TurnError | undefined;
}

export interface ListQuery {
  readonly statuses?: readonly ConversationRow["status"][] | undefined;
  readonly prefix?: string | undefined;
  readonly search?: string | undefined;
  readonly workspace?: string | undefined;
  readonly parent?: string | undefined;
  readonly label?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface StatusAnswer {
  readonly id: string;
  readonly status: ConversationRow["status"];
  readonly turnId?: string | undefined;
  readonly stepId?: string | undefined;
  /** Unix ms: when the running turn last did something. */
  readonly lastProgressAt?: number | undefined;
  /** What it waits for, when that is neither the provider nor a tool. */
  readonly waiting?: "approval" | "slot" | "retry" | "child" | undefined;
  readonly lastTurn?: ConversationRow["lastTurn"];
  readonly head: number;
}

export interface ContextAnswer {
  readonly model: string;
  readonly system?: string | undefined;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ToolSpec[];
}

export interface ExportedConversation {
  readonly id: string;
  /** Seq of its last record. */
  readonly head: number;
  /** Whole lines of JSON. Read once. */
  readonly pieces: AsyncIterable<string>;
}

export interface ImportOptions {
  /** Must be free. Default: the document's own id when that is free, else a new one. */
  readonly id?: string | undefined;
}

export interface CompactOptions {
  /** About how much recent text stays, in tokens: 20,000. */
  readonly keepTokens?: number | undefined;
  /** Said to the summariser as well. */
  readonly instructions?: string | undefined;
}

export interface WarmAnswer {
  readonly usage: Usage;
  /** Share of the prompt that came from the cache, 0 to 100. */
  readonly cachePercent: number;
}

/** Every method rejects with a `DispatchError`. */
export interface Sessions {
  /** Stores the input, starts a turn, resolves when both are on disk. Running: `conversation-busy` with the turn's id. */
  send(body: ChatBody, call: CallContext): Promise<SendResult>;
  create(body: CreateBody, call: CallContext): Promise<CreateResult>;
  get(conversationId: string): Promise<ConversationView>;
  /** The settings that a new conversation gets where it sets none, each with its source. */
  defaults(workspace?: string): ConversationView["settings"];
  list(query: ListQuery): Promise<ListAnswer>;
  /** Exactly one conversation whose id starts with it. */
  resolve(prefix: string): Promise<ConversationView>;
  /** `ifVersion`: refused with `version-conflict` when it changed meanwhile. */
  patch(
    conversationId: string,
    body: PatchBody,
    call: CallContext,
    ifVersion?: number,
  ): Promise<ConversationView>;
  messages(
    conversationId: string,
    window: {
      after?: number | undefined;
      before?: number | undefined;
      limit?: number | undefined;
      all?: boolean | undefined;
    },
  ): Promise<MessagesAnswer>;
  /** What the model would be sent now. */
  context(conversationId: string): Promise<ContextAnswer>;
  status(conversationId: string): Promise<StatusAnswer>;
  /** Totals, and the newest turns (50; at most 200). */
  metrics(conversationId: string, limit?: number): Promise<MetricsAnswer>;
  isActive(conversationId: string): boolean;
  /** Waits for the running turn. `turn-not-found` when there was none yet. */
  last(
    conversationId: string,
    options: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<LastAnswer>;
  /** Aborts and resolves when sealed. Another turn than named: nothing. */
  stop(conversationId: string, turnId?: string, call?: CallContext): Promise<StopAnswer>;
  /** Aborts, seals, closes. */
  close(conversationId: string, call?: CallContext): Promise<ConversationView>;
  /**
   * Aborts, seals, removes everything; viewers end. With `archive` its document is on disk first, in the archive folder, and the
   * answer names the file.
   */
  delete(conversationId: string, options?: { archive?: boolean | undefined }): Promise<DeleteAnswer>;
  /** Its document: a header line, then every record up to now as it is stored. */
  export(conversationId: string): Promise<ExportedConversation>;
  /** A document becomes a conversation. `invalid-request` names the line that is wrong; nothing is stored then. */
  import(
    document: AsyncIterable<Uint8Array>,
    options: ImportOptions,
    call: CallContext,
  ): Promise<ConversationView>;
  /** Aborts, seals, starts an empty context; settings and the old text stay. */
  reset(conversationId: string, call?: CallContext): Promise<ConversationView>;
  /** Makes the context start at a summary. Refused while a turn or another compaction runs. */
  compact(conversationId: string, options: CompactOptions, call?: CallContext): Promise<ConversationView>;
  /** Takes the last compaction back. */
  undoCompact(conversationId: string, call?: CallContext): Promise<ConversationView>;
  /** Keeps the provider's cache of this conversation warm. Refused while a turn runs; stores nothing. */
  warm(conversationId: string, call?: CallContext): Promise<WarmAnswer>;
  /** Asks every client to show it. */
  open(conversationId: string): Promise<void>;
  subscribe(conversationId: string, options: SubscribeOptions): Promise<Viewer>;
  /** Sends and waits for the turn's end. */
  handleMessage(body: ChatBody, call: CallContext, signal?: AbortSignal): Promise<LastAnswer & SendResult>;
}

export const sessions = defineService<Sessions>()("session-orchestrator/sessions");
