/** One request at its route: may the caller, is it well-formed, what is the answer, how is it written. */
import type { Logger, Timers } from "@dispatch/kernel";
import { dispatchError, isDispatchError, toProblem } from "@dispatch/wire";
import { answerBytes, answerError, answerJson } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import { unauthorized } from "./gate/credentials.ts";
import type { Caller, RouteAnswer, RouteDefinition } from "./ports.ts";
import { readRequest } from "./request/read-request.ts";
import type { ServeRoute } from "./router.ts";
import { type StreamLimits, writeStream } from "./stream/write-stream.ts";

export interface ServeOptions extends StreamLimits {
  readonly bodyLimitBytes: number;
  readonly timers: Pick<Timers, "every">;
  readonly log: Logger;
}

/** Never rejects: what goes wrong is answered, and logged when it is the server's fault. */
export function createServeRoute(options: ServeOptions): ServeRoute {
  return async (route, params, exchange) => {
    try {
      assertAllowed(route, exchange.caller);
      const request = await readRequest(route, params, exchange, options.bodyLimitBytes);
      await write(await route.handle(request), exchange, options);
    } catch (thrown) {
      const { signal, outgoing } = exchange;
      if (outgoing.destroyed && !outgoing.headersSent) return; // nobody is left to be told
      const error = signal.aborted && isDispatchError(signal.reason) ? signal.reason : thrown;
      report(options.log, route, error);
      answerError(exchange, error);
    }
  };
}

function assertAllowed(route: RouteDefinition, caller: Caller | undefined): void {
  if (!caller) {
    if (route.public) return;
    throw unauthorized();
  }
  if (!caller.scopes.has(route.scope)) {
    throw dispatchError("forbidden-scope", `${route.operation} needs the scope ${route.scope}.`);
  }
}

async function write(answer: RouteAnswer, exchange: Exchange, options: ServeOptions): Promise<void> {
  const { headers = {}, stream, body } = answer;
  const { outgoing, signal, incoming } = exchange;
  if (body) {
    answerBytes(outgoing, answer.status ?? 200, body, headers);
    return;
  }
  if (!stream) {
    answerJson(exchange, answer.status ?? (answer.json === undefined ? 204 : 200), answer.json, headers);
    return;
  }
  if (signal.aborted || outgoing.destroyed) {
    stream.close();
    throw signal.reason;
  }
  outgoing.writeHead(answer.status ?? 200, { "Content-Type": stream.contentType, ...headers });
  if (incoming.method === "HEAD") {
    stream.close();
    outgoing.end();
    return;
  }
  await writeStream(outgoing, stream, { ...options, signal });
}

/** What the client is told of a mistake of ours is nothing; the log has it all. */
function report(log: Logger, { operation }: RouteDefinition, error: unknown): void {
  const { status, code } = toProblem(error);
  if (status < 500 || code === "shutting-down" || code === "not-implemented") return;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log.error("a request failed", { operation, code, error: stack });
}
