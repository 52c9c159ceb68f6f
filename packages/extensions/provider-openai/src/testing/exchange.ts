/** One request being answered, and how to answer it in one go. */
import type { ServerResponse } from "node:http";
import { createBodyWriter } from "./body-writer.ts";
import type { ReceivedRequest, SentReply } from "./records.ts";

/** One request being answered. */
export interface Exchange {
  readonly request: ReceivedRequest;
  readonly response: ServerResponse;
  /** What was written so far; everybody who writes keeps it true. */
  readonly sent: SentReply;
  /** Fires when the connection is closed, by whomever. */
  readonly gone: AbortSignal;
  /** Called after `sent` changed. */
  readonly changed: () => void;
}

/** Sends a whole body: an object as JSON, a string as it is. */
export async function sendJson(
  exchange: Pick<Exchange, "response" | "sent" | "gone">,
  status: number,
  body: unknown,
  headers: { readonly [name: string]: string } = {},
): Promise<void> {
  exchange.gone.throwIfAborted();
  exchange.response.writeHead(status, { "content-type": "application/json", ...headers });
  exchange.sent.status = status;
  const out = createBodyWriter(exchange.response, exchange.gone);
  await out.write(typeof body === "string" ? body : JSON.stringify(body));
  await out.end();
}
