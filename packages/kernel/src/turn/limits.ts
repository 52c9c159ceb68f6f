/** Limits and dispatch policy of a turn when its caller has no wishes of its own. */
import type { DispatchPolicy, TurnLimits } from "../contracts/turn.ts";

export const defaultTurnLimits: TurnLimits = Object.freeze({
  maxSteps: 100,
  toolResultBytes: 64 * 1024,
  toolResultLines: 500,
  repeatedCalls: 3,
  blockLength: 64 * 1024,
  liveOutput: 64 * 1024,
  abortGraceMs: 500,
});

export const defaultDispatchPolicy: DispatchPolicy = Object.freeze({ maxConcurrent: 8, eager: true });
