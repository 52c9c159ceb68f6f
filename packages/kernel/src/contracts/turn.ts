/** What `runTurn` takes and gives. */
import type { Chunk, Effort, NewRecord, TurnError, Usage } from "@dispatch/wire";
import type { Logger } from "./host-api.ts";
import type { ModelMessage, Provider, ProviderFailure, ReadAttachment } from "./provider.ts";
import type { CompiledSchema } from "./schema.ts";
import type { AnyTool, ToolOutput, ToolSpec } from "./tool.ts";

/** A tool made ready: schema compiled once, spec built once. */
export interface ReadyTool {
  readonly name: string;
  readonly spec: ToolSpec;
  readonly schema: CompiledSchema;
  readonly tool: AnyTool;
}

/** What one step sends. Asked for anew at every step boundary, so a changed context reaches a running turn. */
export interface StepPlan {
  /** The provider's own name of the model. */
  readonly model: string;
  readonly system?: string | undefined;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ReadyTool[];
  readonly effort: Effort;
  readonly maxOutputTokens?: number | undefined;
  readonly attachment?: ReadAttachment | undefined;
}

export interface DispatchPolicy {
  /** Tools of one step running at once; 0 = no limit. */
  readonly maxConcurrent: number;
  /**
   * Start a call as soon as it is complete, not at the end of the answer. Tools that are not concurrency-safe never start
   * before the answer is complete: what they do cannot be taken back when the answer breaks off.
   */
  readonly eager: boolean;
}

/** Time as the host gives it. */
export interface Clock {
  /** Unix time in ms. */
  now(): number;
  /** Rejects with the signal's reason when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Ids of the turn. Block and call ids are unique in the conversation, over attempts too, and fit `[A-Za-z0-9._-]{1,40}`. */
export interface TurnIds {
  readonly conversationId: string;
  readonly turnId: string;
  stepId(step: number): string;
  blockId(step: number, index: number): string;
  callId(step: number, index: number): string;
}

export interface TurnLimits {
  /** Default 100. */
  readonly maxSteps: number;
  /** Whole turn, from the call of `runTurn`. Absent = none. */
  readonly timeoutMs?: number | undefined;
  /** Kept of a tool result, head and tail: bytes (64 KiB) and lines (500). */
  readonly toolResultBytes: number;
  readonly toolResultLines: number;
  /** Identical calls in a row (name and arguments) that stop the turn: 3. 0 = off. */
  readonly repeatedCalls: number;
  /** A block is sealed and continued at this length, in UTF-16 code units: 65,536. */
  readonly blockLength: number;
  /** Live output shown per call, in UTF-16 code units: 65,536. */
  readonly liveOutput: number;
  /** After an abort, how long provider and tools may take to notice before the turn ends without them: 500 ms. */
  readonly abortGraceMs: number;
}

/** A provider failure before any content of the step: how long to wait, or "stop" when the budget is spent. */
export interface RetryPolicy {
  delayFor(attempt: number, error: ProviderFailure): number | "stop";
}

export interface ToolCallRequest {
  readonly callId: string;
  readonly stepId: string;
  readonly name: string;
  readonly input: unknown;
  readonly target?: string | undefined;
}

/** Answer of `beforeTool`: run it, with these arguments, or do not and give the model this. */
export type ToolVerdict =
  | { readonly allow: true; readonly input: unknown }
  | { readonly allow: false; readonly output: string; readonly outcome?: "denied" | "error" };

/** Text of an open block. `kind` text and reasoning belong to the model, `tool-output` to the call of that id. */
export interface TurnDelta {
  readonly kind: "text" | "reasoning" | "tool-output";
  readonly block: string;
  readonly stepId: string;
  readonly continues?: string | undefined;
  readonly text: string;
}

/** Where the turn's news go, in order. */
export interface TurnSink {
  /** Live text. Called often, never awaited. */
  delta(delta: TurnDelta): void;
  /** A tool wrote more than is shown: there is nothing to show, but it is alive. */
  progress?(): void;
  /**
   * Records of the turn, appended as one batch. The kernel awaits it before it acts on them (a tool starts after its
   * `tool-start` is stored). A rejection ends the turn.
   */
  commit(records: readonly NewRecord[]): Promise<void>;
}

export interface SteeringMessage {
  readonly messageId: string;
  readonly clientMessageId?: string | undefined;
  readonly text: string;
}

export interface TurnInput {
  readonly provider: Provider;
  readonly ids: TurnIds;
  readonly cwd: string;
  /** Further folders for tools, absolute. */
  readonly dirs?: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly limits: TurnLimits;
  readonly dispatch: DispatchPolicy;
  readonly sink: TurnSink;
  /** The first step's number; more than 0 when a turn resumes. */
  readonly firstStep?: number | undefined;
  /** `firstStep` is gone on with from here instead of being asked for. Its calls are recorded already. */
  readonly resume?: ResumedStep | undefined;
  /** What step n sends. Must contain everything committed so far, steering included. */
  plan(step: number): Promise<StepPlan> | StepPlan;
  readonly retry?: RetryPolicy | undefined;
  /** Called at the tool-result boundary. What it returns becomes user messages of this turn (record `steering`). */
  drainSteering?(): Promise<readonly SteeringMessage[]> | readonly SteeringMessage[];
  /** Last word before a tool runs; a throw or a rejection denies. */
  beforeTool?(call: ToolCallRequest, signal: AbortSignal): Promise<ToolVerdict>;
  /** May replace a result before it is recorded; a throw keeps the original. */
  afterTool?(call: ToolCallRequest, result: ToolOutput, signal: AbortSignal): Promise<ToolOutput>;
  /**
   * After each step's `step-complete` is stored. Returning a reason ends the turn (spend limit, stall), unless the answer
   * is complete anyway.
   */
  stepDone?(step: {
    stepId: string;
    usage: Usage;
    contextSize: number;
  }): Promise<TurnEnd | undefined> | TurnEnd | undefined;
}

/** A call of a step that a crash cut after its answer was complete. With a result: answered already. */
export interface ResumedCall {
  readonly callId: string;
  readonly name: string;
  /** As it was recorded: parsed, and checked again before it runs. */
  readonly input: unknown;
  readonly target?: string | undefined;
  readonly providerData?: unknown;
  readonly result?: Omit<Extract<Chunk, { type: "tool-result" }>, "type" | "callId" | "name"> | undefined;
}

/** The first step of a resumed turn, when its answer need not be asked for again: its open calls are run. */
export interface ResumedStep {
  readonly calls: readonly ResumedCall[];
}

export type TurnReason = "completed" | "aborted" | "error" | "max-steps" | "timeout" | "repeated-calls";

export interface TurnEnd {
  readonly reason: TurnReason;
  /** A sentence for people. */
  readonly detail?: string | undefined;
}

/** How the turn ended. `runTurn` never rejects; it does not append `done`: its caller seals the turn. */
export interface TurnOutcome extends TurnEnd {
  readonly error?: TurnError | undefined;
  /** The messages this turn produced, in order. */
  readonly messages: readonly ModelMessage[];
  readonly usage: Usage;
  /** Input + output tokens of the final step. */
  readonly contextSize: number;
  readonly steps: number;
  readonly durationMs: number;
}

/** Signature of the kernel's one big function, `runTurn` of `@dispatch/kernel/turn`. */
export type RunTurn = (input: TurnInput) => Promise<TurnOutcome>;
