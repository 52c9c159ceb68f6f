/** Answers written straight to a socket, where Node has no response object: unreadable requests and refused upgrades. */
import { maxHeaderSize, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type DispatchError, dispatchError, toProblem } from "@dispatch/wire";
import { commonHeaders, problemHeaders } from "./answer.ts";

/** Ends the connection. */
export function refuseSocket(socket: Duplex, error: DispatchError): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const problem = toProblem(error);
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
  refuseSocket(
    socket,
    unreadable[code ?? ""]?.() ?? dispatchError("bad-request", "The request is not HTTP."),
  );
}

const unreadable: Readonly<Record<string, () => DispatchError>> = {
  ERR_HTTP_REQUEST_TIMEOUT: () =>
    dispatchError("request-timeout", "The rest of the request did not arrive in time."),
  HPE_HEADER_OVERFLOW: () =>
    dispatchError("headers-too-large", `The headers may have at most ${maxHeaderSize} bytes.`),
};
