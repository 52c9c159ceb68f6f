/** Answers written straight to a socket, where Node has no response object: unreadable requests and refused upgrades. */
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type DispatchError, dispatchError, toProblem } from "@dispatch/wire";
import { commonHeaders, problemHeaders } from "./answer.ts";

/** Ends the connection. `status` replaces that of the error's code. */
export function refuseSocket(socket: Duplex, error: DispatchError, status?: number): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const known = toProblem(error);
  const problem = status === undefined ? known : { ...known, status };
  const body = JSON.stringify(problem);
  const headers = {
    ...commonHeaders,
    ...problemHeaders(problem),
    Connection: "close",
    "Content-Length": Buffer.byteLength(body),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join("")}\r\n${body}`,
    () => socket.destroy(),
  );
}

/** What Node's parser and its timeouts refuse. */
export function refuseUnreadable(socket: Duplex, { code }: NodeJS.ErrnoException): void {
  const [detail, status] = unreadable[code ?? ""] ?? ["The request is not HTTP."];
  refuseSocket(socket, dispatchError("bad-request", detail), status);
}

const unreadable: Readonly<Record<string, readonly [detail: string, status: number]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ["The request took too long to arrive.", 408],
  HPE_HEADER_OVERFLOW: ["The headers are too large.", 431],
};
