/** Faults: what went wrong in an extension's own code while others called it. They are its alone. */

export interface Fault {
  readonly extensionId: string;
  /** What was running: `event session-orchestrator/turnSettled`, `timer`, … */
  readonly where: string;
  readonly message: string;
  readonly error: unknown;
}

/** Takes note of a fault. Never throws. */
export type FaultSink = (extensionId: string, where: string, error: unknown) => void;

/** The sentence of any thrown value. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
