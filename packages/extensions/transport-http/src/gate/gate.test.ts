import { afterAll, beforeAll, expect, test } from "vitest";
import { answerTo, json, type Refusal, type Sent } from "../../test/raw-request.ts";
import { startTransport, type TestTransport, token } from "../../test/start-transport.ts";

let transport: TestTransport;
beforeAll(async () => {
  transport = await startTransport({ settings: { allowedHosts: ["dispatch.lan", "proxy.lan:8443"] } });
});
afterAll(() => transport.stop());

const linkFrom = (dest: string) => [
  "Sec-Fetch-Site: cross-site",
  "Sec-Fetch-Mode: navigate",
  `Sec-Fetch-Dest: ${dest}`,
];

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
  ["a link in another site's page", { target: "/health", auth: null, headers: linkFrom("document") }, 200],
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
];

const refused: readonly Refusal[] = [
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
  [
    "a frame in another site's page",
    { target: "/health", auth: null, headers: linkFrom("iframe") },
    403,
    "forbidden-origin",
  ],
  ["another site's page with a token", { headers: linkFrom("document") }, 403, "forbidden-origin"],
  [
    "a form in another site's page",
    { method: "POST", auth: null, headers: [...linkFrom("document"), "Content-Length: 0"] },
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
];

test.each(served)("serves %s", async (_, sent, status) => {
  expect((await answerTo(transport.port, sent)).status).toBe(status);
});

test.each(refused)("refuses %s", async (_, sent, status, code) => {
  const answer = await answerTo(transport.port, sent);
  expect(answer.status).toBe(status);
  expect(answer.problem()).toMatchObject({ status, code });
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(answer.headers.get("access-control-allow-origin")).toBeUndefined();
  expect(answer.headers.get("www-authenticate")).toBe(status === 401 ? "Bearer" : undefined);
});

test("a wrong method is told the right ones", async () => {
  const answer = await answerTo(transport.port, { method: "DELETE" });
  expect(answer.headers.get("allow")).toBe("GET, POST, HEAD");
});
