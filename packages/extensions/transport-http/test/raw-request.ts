/** Requests as bytes, each part of which may be wrong. */
import { isWhole, parseAnswer, type RawAnswer, sendRaw } from "./raw-http.ts";
import { token } from "./start-transport.ts";

/** `PORT` in any of it stands for the server's. */
export interface Sent {
  readonly method?: string;
  readonly target?: string;
  readonly version?: string;
  /** Absent: this server's; null: none. */
  readonly host?: string | null;
  /** Absent: the right token; null: none. */
  readonly auth?: string | null;
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
  /** Sent in place of everything above. */
  readonly raw?: string;
}

export type Refusal = readonly [name: string, sent: Sent, status: number, code: string];

function bytesOf(sent: Sent, port: number): Buffer {
  const { method = "GET", target = "/conversations", version = "1.1", body = "" } = sent;
  const host = sent.host === undefined ? "127.0.0.1:PORT" : sent.host;
  const auth = sent.auth === undefined ? `Bearer ${token}` : sent.auth;
  const headers = [
    ...(host === null ? [] : [`Host: ${host}`]),
    ...(auth === null ? [] : [`Authorization: ${auth}`]),
    ...(sent.headers ?? []),
  ];
  const lines = [`${method} ${target} HTTP/${version}`, ...headers, "", ""];
  const head = sent.raw ?? lines.join("\r\n");
  return Buffer.concat([Buffer.from(head.replaceAll("PORT", String(port))), Buffer.from(body)]);
}

export const answerTo = async (port: number, sent: Sent): Promise<RawAnswer> =>
  parseAnswer(await sendRaw(port, bytesOf(sent, port), isWhole));

/** POST /conversations with a JSON body. */
export const json = (body: string | Buffer, ...headers: string[]): Sent => ({
  method: "POST",
  target: "/conversations",
  headers: ["Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`, ...headers],
  body,
});
