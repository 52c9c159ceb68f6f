/** One request and its answer, past the gate. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Caller } from "./ports.ts";

export interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** Undefined: no valid token. */
  readonly caller: Caller | undefined;
  /** Aborted when the client is gone; when the server stops, with `shutting-down` as the reason. */
  readonly signal: AbortSignal;
}
