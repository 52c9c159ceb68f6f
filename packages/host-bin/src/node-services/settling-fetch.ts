/**
 * A `fetch` that always settles. The one of Node 20 and 22 compiles its HTTP parser while its first connection is being made and
 * does not notice when that one is closed meanwhile, as a server does that is about to stop: it then waits for ever, and a
 * program that waits for nothing else ends with 13 and without a word. So the first connection of a process goes to the process.
 */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** Longest that a first connection may take, ms; what cannot be had (no loopback address) is done without. */
const primeMs = 5_000;

/** Call before anything else may take `fetch` from `scope`. Nothing is done until it is used. */
export function settleFetch(scope: Pick<typeof globalThis, "fetch">): void {
  const { fetch: send } = scope;
  let primed: Promise<void> | undefined;
  scope.fetch = async (input, init) => {
    primed ??= prime(send).catch(() => undefined);
    await primed;
    return send(input, init);
  };
}

async function prime(send: typeof globalThis.fetch): Promise<void> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"));
  });
  try {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await send(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(primeMs) });
  } finally {
    server.close();
  }
}
