/** HTTP as bytes on a socket: what no client library would send. */
import { connect, type Socket } from "node:net";
import type { Problem } from "@dispatch/wire";

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  problem(): Problem;
}

export function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket));
    socket.once("error", reject);
  });
}

/** Sends the text and gives all that came back once the server has closed, or `until` says that it is enough. */
export async function sendRaw(
  port: number,
  text: string | Buffer,
  until: (received: string) => boolean = () => false,
): Promise<string> {
  const socket = await open(port);
  return new Promise((resolve) => {
    let received = "";
    const done = () => {
      socket.destroy();
      resolve(received);
    };
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      if (until(received)) done();
    });
    socket.on("error", done);
    socket.on("close", done);
    socket.write(text);
  });
}

/** The first answer in what came back. */
export function parseAnswer(received: string): RawAnswer {
  const [head = "", ...rest] = received.split("\r\n\r\n");
  const [statusLine = "", ...lines] = head.split("\r\n");
  const headers = new Map(
    lines.map((line) => {
      const at = line.indexOf(":");
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    }),
  );
  const body = rest
    .join("\r\n\r\n")
    .slice(0, Number(headers.get("content-length") ?? Number.POSITIVE_INFINITY));
  return {
    status: Number(statusLine.split(" ")[1]),
    headers,
    body,
    problem: () => JSON.parse(body) as Problem,
  };
}

/** A whole answer has arrived, by its Content-Length. */
export function isWhole(received: string): boolean {
  const at = received.indexOf("\r\n\r\n");
  const length = /content-length: (\d+)/i.exec(received)?.[1];
  return at !== -1 && length !== undefined && received.length >= at + 4 + Number(length);
}
