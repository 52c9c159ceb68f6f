/** One request and its answer, past the gate. */
import type { Ends } from "./answer.ts";
import type { Caller } from "./ports.ts";

export interface Exchange extends Ends {
  /** Undefined: no valid token. */
  readonly caller: Caller | undefined;
  /** Aborted when the client is gone; when the server stops, with `shutting-down` as the reason. */
  readonly signal: AbortSignal;
}
