/** The server: listens, routes, keeps the records. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { handleChat } from "./handle-chat.ts";
import { handleOther } from "./handle-other.ts";
import { createLedger } from "./ledger.ts";
import type { ReceivedRequest, Refusal, SentReply } from "./records.ts";
import { createReplySource, type ReplyMaker, type RequestFilter } from "./reply-source.ts";
import type { StrictServerOptions } from "./server-options.ts";

/** A running strict server. */
export interface StrictServer {
  /** Base URL, ending in `/v1`. */
  readonly url: string;
  /** Requests to `/chat/completions` in the order they came, refused ones included. */
  readonly requests: readonly ReceivedRequest[];
  /** What was written to each request; `sent[i]` answers `requests[i]`. */
  readonly sent: readonly SentReply[];
  /** Every broken rule of every refused request. */
  readonly faults: readonly Refusal[];
  /** Whether prompts may script their own replies. */
  promptScripts: boolean;
  /** The faults as sentences: `expect(server.violations()).toEqual([])`. */
  violations(): string[];
  /** Queues a reply for the next request (that passes `when`). */
  script(reply: ReplyMaker, options?: { readonly when?: RequestFilter }): void;
  /** Answers every request that nothing was scripted for; without it such requests are refused. */
  respond(reply: ReplyMaker): void;
  /** How many queued replies nobody has asked for. */
  waiting(): number;
  /** Resolves as soon as `condition` holds; looked at after every request, write and close. */
  until(condition: (server: StrictServer) => boolean): Promise<void>;
  /** Stops listening and destroys all sockets. */
  close(): Promise<void>;
}

/**
 * Starts a chat-completions server that is as strict as the real one and answers as scripted.
 *
 * @example
 * const server = await startStrictServer();
 * server.script(reply(text('hello')));
 * // … point a client at server.url …
 * await server.close();
 */
export async function startStrictServer(options: StrictServerOptions = {}): Promise<StrictServer> {
  const source = createReplySource();
  const ledger = createLedger(options.log);
  let closing = false;

  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const path = req.url?.split("?")[0];
    if (req.method === "POST" && path === "/v1/chat/completions") {
      const next = (request: ReceivedRequest) => source.next(request, server.promptScripts);
      return handleChat(req, res, { options, ledger, next, isClosing: () => closing });
    }
    handleOther(req, res, { options, ledger });
  };

  /** Exchanges under way: their last log line comes after their socket is gone. */
  const open = new Set<Promise<void>>();
  const http = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 }, (req, res) => {
    const exchange = handle(req, res).finally(() => open.delete(exchange));
    open.add(exchange);
  });
  await new Promise<void>((resolve, reject) => {
    http.once("error", reject).listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1`;
  ledger.log({ type: "listening", url, at: Date.now() });

  const server: StrictServer = {
    url,
    requests: ledger.requests,
    sent: ledger.sent,
    faults: ledger.faults,
    promptScripts: options.promptScripts ?? true,
    violations: () =>
      ledger.faults.map((fault) => `#${fault.request} ${fault.status} ${fault.reason}: ${fault.message}`),
    script: (made, { when = () => true } = {}) => source.script(made, when),
    respond: source.respond,
    waiting: source.waiting,
    until: (condition) => ledger.until(() => condition(server)),
    async close() {
      closing = true;
      const closed = new Promise((resolve) => http.close(resolve));
      http.closeAllConnections();
      await closed;
      await Promise.all(open);
      ledger.close();
    },
  };
  return server;
}
