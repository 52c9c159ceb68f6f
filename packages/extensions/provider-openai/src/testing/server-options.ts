/** How a strict server is started. */
import type { CheckRules } from "./check-request.ts";
import type { LogSink } from "./records.ts";

/** Options of a strict server; all optional. */
export interface StrictServerOptions extends CheckRules {
  /** Port on 127.0.0.1. Default 0: any free one. */
  readonly port?: number;
  /** When set, every request needs `Authorization: Bearer <apiKey>`. */
  readonly apiKey?: string;
  /** Called at once with every request, refusal and response. */
  readonly log?: LogSink;
  /** What `GET /v1/models` lists. Default `['strict-1']`. Requests may name any model. */
  readonly models?: readonly string[];
  /** Default of `splitBytes` for every streamed reply. */
  readonly splitBytes?: number;
  /** Whether prompts may script their own replies. Default true. */
  readonly promptScripts?: boolean;
}
