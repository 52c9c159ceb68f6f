/** What the parts of the orchestrator share: ports, time, ids, numbers. Made once at activation. */
import type {
  AnyTool,
  CompiledSchema,
  Contribution,
  Dispose,
  EventHandle,
  FilterHandle,
  Logger,
  Redaction,
  TurnLimits,
} from "@dispatch/kernel";
import type { Gate } from "./gate.ts";
import type { Ids } from "./ids.ts";
import type { Attachments } from "./ports/attachments.ts";
import type { Inbox } from "./ports/inbox.ts";
import type { ConversationLog, Ownership } from "./ports/log.ts";
import type { Models } from "./ports/models.ts";
import type { Workplaces } from "./ports/workplaces.ts";
import type { Defaults } from "./settings.ts";
import type { Slots } from "./turn/slots.ts";
import type { Price } from "./turn/spend.ts";

export interface Limits {
  readonly turn: Omit<TurnLimits, "maxSteps" | "timeoutMs">;
  readonly maxConcurrentTools: number;
  readonly eagerTools: boolean;
  /** Text being produced is saved at most this late. */
  readonly checkpointMs: number;
  readonly checkpointBytes: number;
  /** More records or bytes than this between a cursor and now: a snapshot instead. */
  readonly replayRecords: number;
  readonly replayBytes: number;
  readonly tailRecords: number;
  readonly tailBytes: number;
  readonly snapshotMessages: number;
  /** Conversations kept in memory without a turn or a viewer, and their contexts' size in UTF-16 code units. */
  readonly hotConversations: number;
  readonly hotContextSize: number;
  readonly idempotencyMs: number;
  /** Longest document of an import. */
  readonly importBytes: number;
  readonly importRecords: number;
  /** Where documents of deleted conversations go. */
  readonly archiveDir?: string | undefined;
  readonly retryDelaysMs: readonly number[];
  readonly retryBudgetMs: number;
  /** How long a stop waits for the seal before it answers without. */
  readonly stopMs: number;
  /** Time that a request beside a turn may take. */
  readonly sideRequestMs: number;
}

export interface Core {
  readonly log: ConversationLog;
  readonly ownership: Ownership;
  models(): Models;
  /** What becomes of messages that come while a turn runs; undefined: nothing waits. */
  inbox(): Inbox | undefined;
  /** The server stops, and turns are left to the next boot. */
  leavesTurns(): boolean;
  /** Who gives conversations folders of their own; undefined without the extension. */
  workplaces(): Workplaces | undefined;
  /** Who keeps the files that messages bring along; undefined without the extension. */
  attachments(): Attachments | undefined;
  /** A turn that a crash cut in this conversation has not been looked at yet: it is not anybody else's to seal. */
  recovering(conversationId: string): boolean;
  /** False once the server stops: nothing new begins. */
  admitting(): boolean;
  /** While it runs, this tool only waits for another conversation. */
  isWaiting(tool: string): boolean;
  now(): number;
  random(): number;
  after(ms: number, run: () => void): Dispose;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Calls back after the current turn of the event loop: the pace of the hub. */
  soon(run: () => void): void;
  readonly ids: Ids;
  readonly limits: Limits;
  readonly defaults: Defaults;
  readonly logger: Logger;
  /** Takes known secrets out of what a turn shows and keeps. */
  readonly redaction: Redaction;
  readonly gate: Gate;
  /** Turns at once. */
  readonly slots: Slots;
  /** By `<credential>/<model>`. */
  readonly prices: Readonly<Record<string, Price>>;
  tools(): readonly Contribution<AnyTool>[];
  compile(tool: AnyTool): CompiledSchema;
  /** Notes, once per tool, that its schema cannot be read. */
  unusableTool(name: string, extensionId: string, error: unknown): void;
  emit<T>(event: EventHandle<string, T>, payload: NoInfer<T>): void;
  apply<T>(filter: FilterHandle<string, T>, value: NoInfer<T>, signal?: AbortSignal): Promise<T>;
}
