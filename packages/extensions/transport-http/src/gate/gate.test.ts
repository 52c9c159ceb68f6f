import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isWhole, parseAnswer, sendRaw } from "../../test/raw-http.ts";
import { startTransport, type TestTransport, token } from "../../test/start-transport.ts";

interface Sent {
  method?: string;
  target?: string;
  version?: string;
  /** undefined: this server's; null: none. */
  host?: string | null;
  auth?: string | null;
  headers?: readonly string[];
  body?: string | Buffer;
  /** Sent in place of everything above. */
  raw?: string;
}

let transport: TestTransport;
beforeAll(async () => {
  transport = await startTransport({
    settings: {
      bodyLimitBytes: 2_000,
      allowedHosts: ["dispatch.lan", "proxy.lan:8443"],
      headersTimeoutMs: 300,
      requestTimeoutMs: 300,
    },
  });
});
afterAll(() => transport.stop());

const bytesOf = (sent: Sent): Buffer => {
  const { method = "GET", target = "/conversations", version = "1.1", body = "" } = sent;
  const host = sent.host === undefined ? "127.0.0.1:PORT" : sent.host;
  const auth = sent.auth === undefined ? `Bearer ${token}` : sent.auth;
  const headers = [
    ...(host === null ? [] : [`Host: ${host}`]),
    ...(auth === null ? [] : [`Authorization: ${auth}`]),
    ...(sent.headers ?? []),
  ];
  const head =
    sent.raw ?? `${method} ${target} HTTP/${version}\r\n${headers.map((line) => `${line}\r\n`).join("")}\r\n`;
  return Buffer.concat([Buffer.from(head.replaceAll("PORT", String(transport.port))), Buffer.from(body)]);
};
const answerTo = async (sent: Sent) => parseAnswer(await sendRaw(transport.port, bytesOf(sent), isWhole));
const json = (
  body: string | Buffer,
  ...headers: string[]
): Pick<Sent, "method" | "target" | "headers" | "body"> => ({
  method: "POST",
  target: "/conversations",
  headers: ["Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`, ...headers],
  body,
});
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

const served: readonly [name: string, sent: Sent, status: number][] = [
  ["the address itself", {}, 200],
  ["localhost", { host: "localhost:PORT" }, 200],
  ["a host in capitals", { host: "LocalHost:PORT" }, 200],
  ["IPv6 loopback", { host: "[::1]:PORT" }, 200],
  ["an allowed name", { host: "dispatch.lan" }, 200],
  ["an allowed name with this port", { host: "dispatch.lan:PORT" }, 200],
  ["an allowed name with its own port", { host: "proxy.lan:8443" }, 200],
  ["its own Origin", { headers: ["Origin: http://127.0.0.1:PORT"] }, 200],
  ["a proxy's own Origin", { host: "proxy.lan:8443", headers: ["Origin: https://proxy.lan:8443"] }, 200],
  ["Sec-Fetch-Site same-origin", { headers: ["Sec-Fetch-Site: same-origin"] }, 200],
  ["Sec-Fetch-Site none", { headers: ["Sec-Fetch-Site: none"] }, 200],
  ["a bearer scheme in lower case", { auth: `bearer ${token}` }, 200],
  ["/health without a token", { target: "/health", auth: null }, 200],
  ["/health with a wrong token", { target: "/health", auth: "Bearer nope" }, 200],
  ["HTTP/1.0 with a Host", { version: "1.0" }, 200],
  [
    "a body with a charset",
    { ...json("{}"), headers: ["Content-Type: application/json; charset=UTF-8", "Content-Length: 2"] },
    201,
  ],
  ["no body where all is optional", { method: "POST", headers: ["Content-Length: 0"] }, 201],
  ["JSON nested 64 deep, which its schema then refuses", json(nested(64)), 400],
];

const refused: readonly [name: string, sent: Sent, status: number, code: string][] = [
  ["no Host", { host: null }, 400, "bad-request"],
  ["HTTP/1.0 without a Host", { host: null, version: "1.0" }, 400, "bad-request"],
  ["two Hosts", { headers: ["Host: 127.0.0.1:PORT"] }, 400, "bad-request"],
  ["an evil Host behind a good one", { headers: ["Host: evil.test"] }, 400, "bad-request"],
  ["a rebound name", { host: "evil.test:PORT" }, 403, "forbidden-host"],
  ["a name that begins like ours", { host: "localhost.evil.test:PORT" }, 403, "forbidden-host"],
  ["another port", { host: "127.0.0.1:1" }, 403, "forbidden-host"],
  ["no port", { host: "127.0.0.1" }, 403, "forbidden-host"],
  ["an empty Host", { host: "" }, 403, "forbidden-host"],
  ["a Host with user info", { host: "me@127.0.0.1:PORT" }, 403, "forbidden-host"],
  ["a rebound name at /health", { host: "evil.test", target: "/health", auth: null }, 403, "forbidden-host"],
  ["a foreign Origin", { headers: ["Origin: http://evil.test"] }, 403, "forbidden-origin"],
  [
    "a foreign Origin at /health",
    { target: "/health", headers: ["Origin: http://evil.test"] },
    403,
    "forbidden-origin",
  ],
  ["Origin null", { headers: ["Origin: null"] }, 403, "forbidden-origin"],
  ["an Origin of another port", { headers: ["Origin: http://127.0.0.1:1"] }, 403, "forbidden-origin"],
  [
    "an Origin of another loopback name",
    { headers: ["Origin: http://localhost:PORT"] },
    403,
    "forbidden-origin",
  ],
  [
    "an Origin with TLS that we do not serve",
    { headers: ["Origin: https://127.0.0.1:PORT"] },
    403,
    "forbidden-origin",
  ],
  [
    "two Origins",
    { headers: ["Origin: http://127.0.0.1:PORT", "Origin: http://127.0.0.1:PORT"] },
    403,
    "forbidden-origin",
  ],
  ["Sec-Fetch-Site cross-site", { headers: ["Sec-Fetch-Site: cross-site"] }, 403, "forbidden-origin"],
  [
    "Sec-Fetch-Site same-site (another port of this machine)",
    { headers: ["Sec-Fetch-Site: same-site"] },
    403,
    "forbidden-origin",
  ],
  [
    "a foreign preflight",
    { method: "OPTIONS", auth: null, headers: ["Origin: http://evil.test"] },
    403,
    "forbidden-origin",
  ],
  ["no token", { auth: null }, 401, "unauthorized"],
  ["a wrong token", { auth: "Bearer wrong" }, 401, "unauthorized"],
  ["a token cut short", { auth: `Bearer ${token.slice(0, -1)}` }, 401, "unauthorized"],
  ["a token with more behind", { auth: `Bearer ${token} x` }, 401, "unauthorized"],
  ["another scheme", { auth: `Basic ${token}` }, 401, "unauthorized"],
  [
    "a wrong token before the right one",
    { auth: "Bearer wrong", headers: [`Authorization: Bearer ${token}`] },
    401,
    "unauthorized",
  ],
  ["the right token before another", { headers: ["Authorization: Bearer wrong"] }, 401, "unauthorized"],
  ["the token in the URL", { target: `/conversations?token=${token}`, auth: null }, 401, "unauthorized"],
  ["an unknown address without a token", { target: "/nope", auth: null }, 401, "unauthorized"],
  ["a wrong method without a token", { method: "DELETE", auth: null }, 401, "unauthorized"],
  ["an unknown address", { target: "/nope" }, 404, "not-found"],
  ["a wrong method", { method: "DELETE" }, 405, "method-not-allowed"],
  ["TRACE", { method: "TRACE" }, 405, "method-not-allowed"],
  ["a dot segment", { target: "/conversations/../models" }, 400, "bad-request"],
  ["an encoded dot segment", { target: "/conversations/%2e%2E/models" }, 400, "bad-request"],
  ["a half encoded dot segment", { target: "/conversations/.%2e" }, 400, "bad-request"],
  ["a backslash", { target: "/conversations\\..\\models" }, 400, "bad-request"],
  ["an encoded NUL in an id", { target: "/conversations/a%00b" }, 400, "bad-request"],
  ["an absolute target", { target: "http://evil.test/conversations" }, 400, "bad-request"],
  ["an encoded slash in an id", { target: "/conversations/..%2fmodels" }, 400, "invalid-request"],
  ["a broken escape in an id", { target: "/conversations/%zz" }, 400, "invalid-request"],
  ["half a character in an id", { target: "/conversations/%E0%A4" }, 400, "invalid-request"],
  ["an id that is too long", { target: `/conversations/${"a".repeat(129)}` }, 400, "invalid-request"],
  ["an id named like an object's part", { target: "/conversations/__proto__" }, 400, "invalid-request"],
  ["an unknown conversation", { target: "/conversations/constructor" }, 404, "conversation-not-found"],
  ["an unknown query parameter", { target: "/conversations?stauts=idle" }, 400, "invalid-request"],
  ["a query parameter twice", { target: "/conversations?limit=1&limit=2" }, 400, "invalid-request"],
  [
    "no Content-Type",
    { method: "POST", headers: ["Content-Length: 2"], body: "{}" },
    415,
    "unsupported-media-type",
  ],
  [
    "a form",
    { ...json("a=1"), headers: ["Content-Type: text/plain", "Content-Length: 3"] },
    415,
    "unsupported-media-type",
  ],
  [
    "another charset",
    { ...json("{}"), headers: ["Content-Type: application/json; charset=utf-16", "Content-Length: 2"] },
    415,
    "unsupported-media-type",
  ],
  ["a compressed body", json("{}", "Content-Encoding: gzip"), 415, "unsupported-media-type"],
  [
    "a body too large by its length",
    { ...json(""), headers: ["Content-Type: application/json", "Content-Length: 3000"] },
    413,
    "payload-too-large",
  ],
  [
    "a chunked body that grows too large",
    {
      ...json(`7d0\r\n${" ".repeat(2_000)}\r\n1\r\n \r\n`),
      headers: ["Content-Type: application/json", "Transfer-Encoding: chunked"],
    },
    413,
    "payload-too-large",
  ],
  ["a body that is not JSON", json('{"a":}'), 400, "bad-request"],
  ["a body that is not UTF-8", json(Buffer.from([0x22, 0xff, 0x22])), 400, "bad-request"],
  ["JSON nested too deeply", json(nested(65)), 400, "bad-request"],
  ["arrays nested very deeply", json(`${"[".repeat(900)}${"]".repeat(900)}`), 400, "bad-request"],
  ["a key that names a prototype", json('{"settings":{"__proto__":{"model":"x"}}}'), 400, "bad-request"],
  ["an unknown field", json('{"titel":"x"}'), 400, "invalid-request"],
  ["a body that is no object", json("[]"), 400, "invalid-request"],
  [
    "an Idempotency-Key that is too long",
    json("{}", `Idempotency-Key: ${"k".repeat(257)}`),
    400,
    "invalid-request",
  ],
  ["both lengths", json("{}", "Transfer-Encoding: chunked"), 400, "bad-request"],
  ["two lengths", json("{}", "Content-Length: 3"), 400, "bad-request"],
  [
    "a length that is no number",
    { ...json(""), headers: ["Content-Type: application/json", "Content-Length: +2"] },
    400,
    "bad-request",
  ],
  ["a space before the colon", { headers: ["X-A : b"] }, 400, "bad-request"],
  ["a folded header", { headers: ["X-A: b\r\n Host: evil.test"] }, 400, "bad-request"],
  ["a bare line feed", { raw: `GET /health HTTP/1.1\nHost: 127.0.0.1:PORT\n\n` }, 400, "bad-request"],
  [
    "a chunk size that is no number",
    {
      ...json("zz\r\n{}\r\n0\r\n\r\n"),
      headers: ["Content-Type: application/json", "Transfer-Encoding: chunked"],
    },
    400,
    "bad-request",
  ],
  ["something else than HTTP", { raw: "\x16\x03\x01\x02\x00\x01\x00\x01" }, 400, "bad-request"],
  ["headers without end", { headers: [`X-Long: ${"a".repeat(20_000)}`] }, 431, "bad-request"],
];

describe("the gate", () => {
  test.each(served)("serves %s", async (_, sent, status) => {
    expect((await answerTo(sent)).status).toBe(status);
  });

  test.each(refused)("refuses %s", async (_, sent, status, code) => {
    const answer = await answerTo(sent);
    expect({ status: answer.status, ...answer.problem() }).toMatchObject({ status, code });
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("access-control-allow-origin")).toBeUndefined();
    expect(answer.headers.get("www-authenticate")).toBe(status === 401 ? "Bearer" : undefined);
    expect(answer.body).not.toContain("node_modules");
  });
});
