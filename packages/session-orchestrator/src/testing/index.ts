/** `@dispatch/session-orchestrator/testing`: the store ports in memory, and the suites that every store must pass. */

export { memoryKv } from "./memory-kv.ts";
export { type MemoryLog, memoryLog } from "./memory-log.ts";
export { type SessionStage, type StageOptions, startStage } from "./stage.ts";
