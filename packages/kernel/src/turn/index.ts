/** `@dispatch/kernel/turn`: the turn loop, for whoever runs turns. */
export { defaultDispatchPolicy, defaultTurnLimits } from "./limits.ts";
export { runTurn } from "./run-turn.ts";
export { type Truncated, truncateOutput } from "./truncate.ts";
