/** The HTTP server itself: Node's, with limits of our own, since its defaults trust the network. */
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Logger } from "@dispatch/kernel";
import { refuseUnreadable } from "./raw-answer.ts";
import type { Settings } from "./settings.ts";

export interface HttpServer {
  readonly server: Server;
  readonly port: number;
  /** Stops accepting, ends idle connections; resolves when all are gone, by force after `shutdownMs`. */
  close(): Promise<void>;
}

/** Rejects when the address cannot be listened on. */
export async function listen(
  settings: Settings,
  log: Logger,
  onRequest: RequestListener,
): Promise<HttpServer> {
  const { headersTimeoutMs, requestTimeoutMs } = settings;
  const sockets = new Set<Socket>();
  const answering = new WeakMap<Duplex, ServerResponse>();
  const server = createServer(
    {
      headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: settings.keepAliveTimeoutMs,
      // How often the two timeouts above are looked at; Node's 30 s would make them a guess.
      connectionsCheckingInterval: Math.max(20, Math.min(1_000, headersTimeoutMs / 4, requestTimeoutMs / 4)),
      requireHostHeader: false, // the gate answers it, as a problem
      insecureHTTPParser: false,
    },
    (incoming, outgoing) => {
      answering.set(incoming.socket, outgoing);
      outgoing.once("finish", () => {
        if (!server.listening) incoming.socket.destroySoon();
      });
      onRequest(incoming, outgoing);
    },
  );
  server.maxConnections = settings.maxConnections;
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("drop", () =>
    log.warn("a connection was dropped: too many are open", { maxConnections: settings.maxConnections }),
  );
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    const answer = answering.get(socket);
    // In the middle of an answer another one would only look like more of it.
    if (answer?.headersSent && !answer.writableEnded) socket.destroy();
    else refuseUnreadable(socket, error);
  });
  await listening(server, settings);
  server.on("error", (error) => log.error("the listener failed", { error: error.message }));
  return {
    server,
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets)
        if (answering.get(socket)?.writableFinished !== false) socket.destroySoon();
      const force = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, settings.shutdownMs);
      await closed;
      clearTimeout(force);
    },
  };
}

function listening(server: Server, { host, port }: Settings): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = ({ code, message }: NodeJS.ErrnoException) => {
      const why =
        code === "EADDRINUSE" ? "another program uses this port; set `server.port` or --port" : message;
      reject(new Error(`cannot listen on ${host}:${port}: ${why}`));
    };
    server.once("error", failed);
    server.listen(port, host, () => {
      server.off("error", failed);
      resolve();
    });
  });
}
