/** What the server remembers: requests as they came, answers as they were written, refusals, log lines. */
import type { IncomingHttpHeaders } from "node:http";
import type { FaultReason } from "./fault.ts";
import type { FinishReason, Usage } from "./reply.ts";

/** A chat-completions body that passed the strict check; only the fields replies are chosen by are named. */
export interface ChatBody {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly stream?: boolean | null;
  readonly stream_options?: { readonly include_usage?: boolean } | null;
  readonly [field: string]: unknown;
}

/** One message of a request. */
export interface ChatMessage {
  readonly role: string;
  readonly content?: unknown;
  readonly [field: string]: unknown;
}

/** One POST to `/v1/chat/completions`, refused ones included. Times are milliseconds since the epoch. */
export interface ReceivedRequest {
  /** Position in `server.requests`, from 0. */
  readonly index: number;
  readonly at: number;
  readonly headers: IncomingHttpHeaders;
  /** The parsed body. Typed for scripts, which only see accepted requests; a refused one may be anything. */
  readonly body: ChatBody;
  /** When the client closed the connection before the answer was complete. */
  closedByClientAt?: number;
}

/** A tool call as it was written; `arguments` is the text sent so far. */
export interface SentCall {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  arguments: string;
}

/** What was really written to the socket for one request; grows while the answer streams. */
export interface SentReply {
  /** Index of the request in `server.requests`. */
  readonly request: number;
  readonly at: number;
  /** HTTP status, 0 while (or if) no header was written. */
  status: number;
  text: string;
  reasoning: string;
  readonly toolCalls: SentCall[];
  finish: FinishReason | null;
  usage: Usage | null;
  /** How it ended: `complete`, `cut` short by the script, `aborted` by the client or by `close()`. */
  outcome: "streaming" | "complete" | "cut" | "aborted";
  endedAt?: number;
}

/** One broken rule of one refused request. */
export interface Refusal {
  /** Index of the request in `server.requests`; -1 for other paths. */
  readonly request: number;
  readonly status: number;
  readonly reason: FaultReason | TransportReason;
  readonly message: string;
  readonly param: string | null;
}

/** Refusals that are not about the body's contents. */
export type TransportReason =
  | "content-type"
  | "invalid-json"
  | "no-route"
  | "script-failed"
  | "unscripted"
  | "wrong-key";

/** One line of the log. */
export type LogLine =
  | { readonly type: "listening"; readonly url: string; readonly at: number }
  | { readonly type: "request"; readonly request: ReceivedRequest }
  | { readonly type: "refused"; readonly refusals: readonly Refusal[]; readonly at: number }
  | { readonly type: "response"; readonly sent: SentReply; readonly closedByClientAt?: number };

/** Receives every log line at once, synchronously. */
export type LogSink = (line: LogLine) => void;

/** An empty answer to the request with this index. */
export function emptyReply(request: number): SentReply {
  return {
    request,
    at: Date.now(),
    status: 0,
    text: "",
    reasoning: "",
    toolCalls: [],
    finish: null,
    usage: null,
    outcome: "streaming",
  };
}
