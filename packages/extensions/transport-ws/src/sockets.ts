/** All sockets: how one comes in behind the gate, and how they end together. */
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { UpgradeHandler } from "@dispatch/transport-http/ports";
import { closeCodes, type DispatchError, dispatchError, toProblem } from "@dispatch/wire";
import { WebSocketServer } from "ws";
import type { Settings } from "./settings.ts";
import { type ConnectionOptions, createConnection, type LiveConnection } from "./socket/connection.ts";

export const subprotocol = "dispatch.v1";

export interface SocketsOptions extends Omit<ConnectionOptions, "ws" | "socket" | "caller"> {
  readonly settings: Settings;
  /** Its `hello` is sent. */
  readonly onOpened: (connection: LiveConnection) => void;
}

export interface Sockets {
  readonly accept: UpgradeHandler;
  /** Those that are open. */
  all(): Iterable<LiveConnection>;
  readonly size: number;
  /** Takes no more, closes all with 1001, and resolves when they are gone. */
  stop(): Promise<void>;
}

export function createSockets(options: SocketsOptions): Sockets {
  const { frameBytes, closeMs, maxSockets } = options.settings;
  const open = new Set<LiveConnection>();
  let stopping = false;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: frameBytes,
    perMessageDeflate: false,
    skipUTF8Validation: false,
    ...{ closeTimeout: closeMs }, // not in its types yet
    handleProtocols: (offered) => offered.has(subprotocol) && subprotocol,
  });

  return {
    accept(request, socket, head, caller) {
      const refused = refusal(request.headers["sec-websocket-protocol"]);
      if (refused) {
        refuse(socket, refused);
        return;
      }
      server.handleUpgrade(request, socket, head, (ws) => {
        const connection = createConnection({ ...options, ws, socket: request.socket, caller });
        open.add(connection);
        const revoked = () => {
          const isForGood = (caller.revoked?.reason as DispatchError | undefined)?.code !== "shutting-down";
          if (isForGood) connection.close(closeCodes.authRevoked, "the credential was revoked");
          else connection.close(closeCodes.goingAway, "what knows the credential is being stopped");
        };
        caller.revoked?.addEventListener("abort", revoked);
        if (caller.revoked?.aborted) revoked();
        void connection.closed.then(() => {
          open.delete(connection);
          caller.revoked?.removeEventListener("abort", revoked);
        });
        options.onOpened(connection);
      });
    },
    all: () => open,
    get size() {
      return open.size;
    },
    async stop() {
      stopping = true;
      const closing = [...open];
      for (const connection of closing) connection.close(closeCodes.goingAway, "the server is stopping");
      await Promise.all(closing.map(({ closed }) => closed));
    },
  };

  function refusal(offered: string | undefined): DispatchError | undefined {
    if (stopping) return dispatchError("shutting-down", "The server is stopping.");
    if (open.size >= maxSockets)
      return dispatchError("too-many-requests", `${maxSockets} sockets are open, and no more are served.`);
    if (offered === undefined || offered.split(",").some((each) => each.trim() === subprotocol))
      return undefined;
    return dispatchError("bad-request", `Only the subprotocol ${subprotocol} is spoken here.`);
  }
}

/** Answers the upgrade with a problem and ends the connection. */
function refuse(socket: Duplex, error: DispatchError): void {
  const problem = toProblem(error);
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  socket.on("error", () => socket.destroy());
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}
