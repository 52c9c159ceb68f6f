/**
 * `@dispatch/session-orchestrator/testing`: a stage with conversations, the store ports in memory, and the suites that every store must pass. A
 * store's own test runs them: `for (const { name, run } of logSuite) test(name, () => run(open))`.
 */
export type { KvCase, KvHarness, LogCase, LogHarness } from "./conformance.ts";
export { kvSuite } from "./kv-suite.ts";
export { runCommands } from "./log-model.ts";
export { logSuite } from "./log-suite.ts";
export { memoryKv } from "./memory-kv.ts";
export { type MemoryLog, memoryLog } from "./memory-log.ts";
export { type Moments, recordMoments } from "./moments.ts";
export { type SessionStage, type StageOptions, startStage } from "./stage.ts";
