/** How long finding, starting and stopping a server may take, in ms. */

export interface ServerTimes {
  /** One question to /health: 2,000. */
  readonly probeMs: number;
  /** Pause between looks while waiting: 50. */
  readonly pollMs: number;
  /** Until a start has failed: 30,000. */
  readonly startMs: number;
  /** Silence before the first word about a start: 1,000. */
  readonly quietMs: number;
  /** How long a start that lost a race looks for the winner: 1,500. */
  readonly graceMs: number;
  /** How long a start waits for the server before it, which answers nobody any more, to be gone: 10,000. */
  readonly leaveMs: number;
  /** Until a stop has failed: 20,000. */
  readonly stopMs: number;
}

export const defaultTimes: ServerTimes = Object.freeze({
  probeMs: 2_000,
  pollMs: 50,
  startMs: 30_000,
  quietMs: 1_000,
  graceMs: 1_500,
  leaveMs: 10_000,
  stopMs: 20_000,
});
