/** What the orchestrator is and touches. Its numbers are settings: times in ms, sizes in UTF-16 code units or bytes as said. */
import { defineManifest } from "@dispatch/kernel";
import type { Price } from "./turn/spend.ts";

const ms = (value: number, description: string) =>
  ({ type: "integer", minimum: 0, default: value, description }) as const;
const count = (value: number, description: string) =>
  ({ type: "integer", minimum: 0, default: value, description }) as const;

const seconds = 1_000;
const minutes = 60 * seconds;

export const manifest = defineManifest({
  id: "session-orchestrator",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "Conversations: detached turns, the log and its views, viewers, recovery.",
  dependsOn: {
    "session-orchestrator/log": "^1.0.0",
    "session-orchestrator/ownership": "^1.0.0",
    "session-orchestrator/models": "^1.0.0",
  },
  optional: { kv: "^1.0.0" },
  listens: { events: ["host/started"] },
  contributes: {
    services: [
      "session-orchestrator/sessions",
      "session-orchestrator/approvals",
      "session-orchestrator/activity",
      "session-orchestrator/draining",
      "session-orchestrator/queues",
    ],
    events: [
      "session-orchestrator/turnStarted",
      "session-orchestrator/stepCommitted",
      "session-orchestrator/turnSettled",
      "session-orchestrator/turnStalled",
      "session-orchestrator/turnResumed",
      "session-orchestrator/warmCompleted",
      "session-orchestrator/conversationOpened",
      "session-orchestrator/conversationClosed",
      "session-orchestrator/conversationStatusChanged",
      "session-orchestrator/conversationChanged",
      "session-orchestrator/conversationCompacted",
      "session-orchestrator/conversationCompactionFailed",
      "session-orchestrator/conversationDeleted",
      "session-orchestrator/queueChanged",
    ],
    filters: [
      "session-orchestrator/planTurn",
      "session-orchestrator/beforeTool",
      "session-orchestrator/afterTool",
    ],
  },
  settings: {
    type: "object",
    additionalProperties: false,
    properties: {
      workspaces: {
        type: "object",
        additionalProperties: { type: "string", minLength: 1 },
        default: {},
        description: "Working directory by workspace, absolute: for conversations that set none themselves.",
      },
      defaults: { type: "object", default: {}, description: "Settings of conversations from configuration." },
      cwd: { type: "string", description: "Working directory when nothing else sets one." },
      maxSteps: count(100, "Steps of a turn."),
      maxConcurrentTools: count(8, "Tools of one step at once; 0 = no limit."),
      eagerTools: {
        type: "boolean",
        default: true,
        description: "Start a call while the answer still streams.",
      },
      toolResultBytes: count(65_536, "Bytes kept of a tool result, head and tail."),
      toolResultLines: count(500, "Lines kept of a tool result."),
      repeatedCalls: count(3, "Identical calls in a row that end a turn; 0 = off."),
      blockLength: { ...count(65_536, "A block is sealed and continued at this length."), minimum: 2 },
      liveOutput: count(65_536, "Live output shown per tool call."),
      abortGraceMs: ms(500, "Time that provider and tools have to notice an abort."),
      stopMs: ms(5 * seconds, "How long a stop waits for the seal before it answers."),
      drainMs: ms(60 * seconds, "How long a stop of the server waits for running turns."),
      checkpointMs: ms(200, "Text being produced is saved at most this late."),
      checkpointBytes: count(4_096, "… or after so much text."),
      replayRecords: count(1_000, "More records than this behind: a snapshot instead."),
      replayBytes: count(6_000_000, "… or more JSON than this."),
      tailRecords: count(1_000, "Newest records kept ready per conversation."),
      tailBytes: count(1_000_000, "… and their JSON."),
      snapshotMessages: { ...count(200, "Messages in a snapshot."), minimum: 1 },
      catchUpReads: { ...count(4, "Catch-up reads at once, over all viewers."), minimum: 1 },
      sideRequestMs: ms(5 * minutes, "Time that a warming or a summary may take."),
      hotConversations: count(200, "Idle conversations kept in memory."),
      hotContextSize: count(64_000_000, "Text of their contexts kept in memory."),
      idempotencyMs: ms(24 * 60 * minutes, "How long an Idempotency-Key is remembered."),
      importBytes: count(67_108_864, "Longest document of an import."),
      importRecords: count(100_000, "… and its records: they are stored in one piece."),
      archiveDir: {
        type: "string",
        description: "Folder for the documents of deleted conversations; the program says it.",
      },
      retryDelaysMs: {
        type: "array",
        items: { type: "integer", minimum: 0 },
        default: [5, 10, 30, 60, 300, 600, 900, 1_800].map((value) => value * seconds),
        description: "Delays between tries of a provider request; the last repeats.",
      },
      maxRunningTurns: count(256, "Turns at once; others wait. 0 = no limit."),
      maxRunningPerCredential: count(0, "Turns at once per credential. 0 = no limit."),
      prices: {
        type: "object",
        default: {},
        description: "US dollars per million tokens by `<credential>/<model>`, for spend limits.",
        additionalProperties: {
          type: "object",
          additionalProperties: false,
          required: ["input", "output"],
          properties: {
            input: { type: "number", minimum: 0 },
            output: { type: "number", minimum: 0 },
            cacheRead: { type: "number", minimum: 0 },
            cacheWrite: { type: "number", minimum: 0 },
          },
        },
      },
      recovery: {
        enum: ["resume", "mark"],
        default: "resume",
        description: "What becomes of turns that a crash cut: they go on, or are sealed as interrupted.",
      },
      resumesAtOnce: { ...count(4, "Cut turns resumed at once."), minimum: 1 },
      resumeAttempts: count(3, "Attempts of a cut turn without a step completed in between."),
      resumeAgeMs: ms(24 * 60 * minutes, "Turns cut longer ago are not resumed."),
      crashPauseMs: ms(1 * minutes, "Two crashes within this time: cut turns are sealed instead. 0 = never."),
      retryBudgetMs: ms(8 * 60 * minutes, "Sleep between tries of one turn, in all."),
    },
  },
});

/** The settings as the host hands them over, defaults filled in. */
export interface OrchestratorSettings {
  readonly workspaces: Readonly<Record<string, string>>;
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly cwd?: string;
  readonly maxSteps: number;
  readonly maxConcurrentTools: number;
  readonly eagerTools: boolean;
  readonly toolResultBytes: number;
  readonly toolResultLines: number;
  readonly repeatedCalls: number;
  readonly blockLength: number;
  readonly liveOutput: number;
  readonly abortGraceMs: number;
  readonly stopMs: number;
  readonly drainMs: number;
  readonly checkpointMs: number;
  readonly checkpointBytes: number;
  readonly replayRecords: number;
  readonly replayBytes: number;
  readonly tailRecords: number;
  readonly tailBytes: number;
  readonly snapshotMessages: number;
  readonly catchUpReads: number;
  readonly sideRequestMs: number;
  readonly hotConversations: number;
  readonly hotContextSize: number;
  readonly idempotencyMs: number;
  readonly importBytes: number;
  readonly importRecords: number;
  readonly archiveDir?: string;
  readonly retryDelaysMs: readonly number[];
  readonly retryBudgetMs: number;
  readonly maxRunningTurns: number;
  readonly maxRunningPerCredential: number;
  readonly prices: Readonly<Record<string, Price>>;
  readonly recovery: "resume" | "mark";
  readonly resumesAtOnce: number;
  readonly resumeAttempts: number;
  readonly resumeAgeMs: number;
  readonly crashPauseMs: number;
}
