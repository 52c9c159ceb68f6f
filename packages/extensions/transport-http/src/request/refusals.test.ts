import { afterAll, beforeAll, expect, test } from "vitest";
import { answerTo, json, type Refusal } from "../../test/raw-request.ts";
import { startTransport, type TestTransport } from "../../test/start-transport.ts";

let transport: TestTransport;
beforeAll(async () => {
  transport = await startTransport({ settings: { bodyLimitBytes: 2_000 } });
});
afterAll(() => transport.stop());

const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

const refused: readonly Refusal[] = [
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
  [
    "JSON nested as deeply as it may be, but not what the schema wants",
    json(nested(64)),
    400,
    "invalid-request",
  ],
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
  ["headers without end", { headers: [`X-Long: ${"a".repeat(20_000)}`] }, 431, "headers-too-large"],
];

test.each(refused)("refuses %s", async (_, sent, status, code) => {
  const answer = await answerTo(transport.port, sent);
  expect(answer.status).toBe(status);
  expect(answer.problem()).toMatchObject({ status, code });
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
});

test("a body that is not JSON is told where", async () => {
  const answer = await answerTo(transport.port, json('{\n  "title": oops\n}'));
  expect(answer.problem()).toMatchObject({
    detail: 'The body is not JSON: unexpected "o" at line 2, column 12.',
    position: 13,
  });
});

test("all that is wrong is told at once, each with its path", async () => {
  const answer = await answerTo(transport.port, {
    ...json('{"titel":"x","pinned":1}'),
    target: "/conversations?x=1",
  });
  expect(
    answer
      .problem()
      .errors?.map(({ path }) => path)
      .sort(),
  ).toEqual(["pinned", "titel", "x"]);
});
