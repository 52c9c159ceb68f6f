/** Writing JSON answers and problems, with the headers that every answer has. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Problem, toProblem } from "@dispatch/wire";
import type { BytesAnswer } from "./ports.ts";
import { hasBody } from "./request/read-body.ts";

/** Of every answer: nothing is guessed from its bytes, nothing of it is kept by a cache. */
export const commonHeaders = { "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store" } as const;

export interface Ends {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** Blots out secrets. Problems quote what was sent, and a client may send its token in a wrong place. */
  readonly redact: (text: string) => string;
}

/** Without `json` there is no body. */
export function answerJson(
  { outgoing }: Pick<Ends, "outgoing">,
  status: number,
  json: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (json === undefined) outgoing.writeHead(status, headers).end();
  else
    answerBytes(
      outgoing,
      status,
      { bytes: Buffer.from(JSON.stringify(json)), contentType: jsonType },
      headers,
    );
}

const jsonType = "application/json";

/** A whole body at once. */
export function answerBytes(
  outgoing: ServerResponse,
  status: number,
  { bytes, contentType }: BytesAnswer,
  headers: Readonly<Record<string, string>> = {},
): void {
  outgoing
    .writeHead(status, { "Content-Type": contentType, ...headers, "Content-Length": bytes.byteLength })
    .end(bytes);
}

const problemType = "application/problem+json";

/** Headers that belong to a problem. */
export function problemHeaders(problem: Problem): Record<string, string> {
  return {
    "Content-Type": problemType,
    ...(problem.status === 401 && { "WWW-Authenticate": "Bearer" }),
    ...(problem.retryAfterMs !== undefined && {
      "Retry-After": String(Math.ceil(problem.retryAfterMs / 1000)),
    }),
  };
}

/** Answers with the problem of an error. When an answer has begun, the connection is cut: that is all a client can notice. */
export function answerError(
  ends: Ends,
  error: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const { incoming, outgoing, redact } = ends;
  if (outgoing.headersSent) {
    outgoing.destroy();
    return;
  }
  const problem = toProblem(error);
  const all = { ...problemHeaders(problem), ...headers };
  const bytes = Buffer.from(redact(JSON.stringify(problem)));
  const { status } = problem;
  if (incoming.complete || !hasBody(incoming.headers))
    answerBytes(outgoing, status, { bytes, contentType: problemType }, all);
  else answerUnread(ends, status, bytes, all);
}

/** So long without a byte ends it, and so many bytes; the whole of it is bounded by `requestTimeoutMs`. */
const linger = { idleMs: 5_000, bytes: 8_388_608 } as const;

/**
 * Refuses a body that is still coming in. Closing at once would reset the connection and could take the answer with it,
 * so the whole answer is sent first and what still comes is thrown away, as long as something does, within bounds.
 */
function answerUnread(
  { incoming, outgoing }: Ends,
  status: number,
  body: Buffer,
  headers: Readonly<Record<string, string>>,
): void {
  outgoing.writeHead(status, { ...headers, Connection: "close", "Content-Length": body.length });
  outgoing.write(body);
  let thrown = 0;
  const finish = () => {
    clearTimeout(timer);
    incoming.off("data", onData).off("end", finish).off("close", finish);
    outgoing.end();
  };
  const onData = (chunk: Buffer) => {
    thrown += chunk.length;
    if (thrown > linger.bytes) finish();
    else timer.refresh();
  };
  const timer = setTimeout(finish, linger.idleMs);
  incoming.on("data", onData).on("end", finish).on("close", finish).resume();
}
