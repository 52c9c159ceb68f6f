/** What a client may do wrong, and what it is told: an upgrade's status, a frame's error, or a close code. */
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RawFrame } from "../test/raw-frames.ts";
import { sendRaw } from "../test/raw-frames.ts";
import { connect, refusedUpgrade, type SocketClient } from "../test/socket-client.ts";
import { type SocketStage, startSocketStage, token } from "../test/start-socket.ts";

let stage: SocketStage;
beforeAll(async () => {
  stage = await startSocketStage({ settings: { badFramesPerMinute: 1_000 } });
  await stage.sessions.create({ id: "known" }, { credential: "t" });
  await stage.sessions.create({ id: "other" }, { credential: "t" });
});

let changes = 0;
/** Something happens in a conversation that none of these clients follows. */
const elsewhere = () =>
  stage.sessions.patch("other", { title: `Words of others ${changes++}` }, { credential: "t" });
const leaks = ({ frames }: Pick<SocketClient, "frames">) =>
  /"other"|Words of others/.test(JSON.stringify(frames));
afterAll(() => stage.stop());

const auth = `Bearer ${token}`;
type Upgrade = Parameters<typeof refusedUpgrade>[1];

describe("an upgrade is refused", () => {
  const cases: readonly (readonly [name: string, options: Upgrade, status: number, code: string])[] = [
    ["without a token", { headers: {} }, 401, "unauthorized"],
    ["with a wrong token", { headers: { authorization: "Bearer wrong" } }, 401, "unauthorized"],
    ["with another scheme", { headers: { authorization: `Basic ${token}` } }, 401, "unauthorized"],
    ["with the token in the query", { headers: {}, path: `/ws?token=${token}` }, 401, "unauthorized"],
    [
      "with a wrong token among the subprotocols",
      { headers: {}, protocols: ["dispatch.v1", "dispatch.token.wrong"] },
      401,
      "unauthorized",
    ],
    ["with dispatch.v1 alone", { headers: {}, protocols: ["dispatch.v1"] }, 401, "unauthorized"],
    [
      "from a foreign Origin",
      { headers: { authorization: auth, origin: "https://evil.example" } },
      403,
      "forbidden-origin",
    ],
    ["from the Origin null", { headers: { authorization: auth, origin: "null" } }, 403, "forbidden-origin"],
    [
      "from the right host at another port",
      { headers: { authorization: auth, origin: "http://127.0.0.1:1" } },
      403,
      "forbidden-origin",
    ],
    ["for a foreign Host", { headers: { authorization: auth, host: "evil.example" } }, 403, "forbidden-host"],
    [
      "for a Host without its port",
      { headers: { authorization: auth, host: "127.0.0.1" } },
      403,
      "forbidden-host",
    ],
    ["at another path", { path: "/ws2" }, 404, "not-found"],
    ["below the path", { path: "/ws/" }, 404, "not-found"],
    ["in another version of the protocol", { protocols: ["dispatch.v2"] }, 400, "bad-request"],
    [
      "with the token and no protocol we speak",
      { headers: {}, protocols: [`dispatch.token.${token}`] },
      400,
      "bad-request",
    ],
  ];
  test.each(cases)("%s", async (_name, options, status, code) => {
    const answer = await refusedUpgrade(stage.port, options);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ status, code });
    expect(answer.body).not.toContain(token);
  });

  test.each([
    ["a version that is not 13", { "Sec-WebSocket-Version": "7" }],
    ["a key that is none", { "Sec-WebSocket-Key": "short" }],
    ["no key", { "Sec-WebSocket-Key": [] }],
  ])("with %s", async (_name, wrong) => {
    const upgrade = request({
      port: stage.port,
      path: "/ws",
      headers: {
        Host: `127.0.0.1:${stage.port}`,
        Authorization: auth,
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        ...wrong,
      },
    }).end();
    const [response] = (await once(upgrade, "response")) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(400);
  });
});

describe("an upgrade is accepted", () => {
  test("with the token among the subprotocols, and dispatch.v1 is the answer", async () => {
    const client = await connect(stage.port, { protocols: ["dispatch.v1", `dispatch.token.${token}`] });
    expect(client.ws.protocol).toBe("dispatch.v1");
    await client.close();
  });

  test("without any compression, though the client offers it", async () => {
    const client = await connect(stage.port, { perMessageDeflate: true });
    expect(client.ws.extensions).toBe("");
    await client.close();
  });
});

describe("a frame is answered with an error, and the socket stays", () => {
  const id = "x1";
  const long = "x".repeat(129);
  const cases: readonly (readonly [
    name: string,
    text: string | object,
    code: string,
    id: string | undefined,
  ])[] = [
    ["nothing", "", "bad-request", undefined],
    ["no JSON", "hello", "bad-request", undefined],
    ["half a JSON", '{"id":"x1","type":"ping"', "bad-request", undefined],
    ["two JSONs", '{"id":"x1","type":"ping"}{}', "bad-request", undefined],
    ["a byte order mark", '\ufeff{"id":"x1","type":"ping"}', "bad-request", undefined],
    ["deep brackets", "[".repeat(100_000), "bad-request", undefined],
    ["an array", "[]", "bad-request", undefined],
    ["null", "null", "bad-request", undefined],
    ["a number", "1", "bad-request", undefined],
    ["a text", '"ping"', "bad-request", undefined],
    ["no id", { type: "ping" }, "bad-request", undefined],
    ["an empty id", { type: "ping", id: "" }, "bad-request", undefined],
    ["a number as id", { type: "ping", id: 1 }, "bad-request", undefined],
    ["null as id", { type: "ping", id: null }, "bad-request", undefined],
    ["an id too long", { type: "ping", id: long }, "bad-request", undefined],
    ["no type", { id }, "bad-request", id],
    ["a number as type", { id, type: 1 }, "bad-request", id],
    ["an empty type", { id, type: "" }, "bad-request", id],
    ["an unknown type", { id, type: "chat.dance" }, "bad-request", id],
    ["a type of Object's", { id, type: "constructor" }, "bad-request", id],
    ["a type that is __proto__", { id, type: "__proto__" }, "bad-request", id],
    ["a type of the server's", { id, type: "hello" }, "bad-request", id],
    [
      "a queue, which nothing serves here",
      { id, type: "chat.queue", conversationId: "known", message: "m" },
      "not-implemented",
      id,
    ],
    [
      "a surface, which nothing serves here",
      { id, type: "surface.subscribe", surface: "s" },
      "not-implemented",
      id,
    ],
    ["a ping with more in it", { id, type: "ping", more: 1 }, "invalid-request", id],
    ["__proto__ as a member", '{"id":"x1","type":"ping","__proto__":{"a":1}}', "invalid-request", id],
    ["a send without a message", { id, type: "chat.send" }, "invalid-request", id],
    ["a send with an empty message", { id, type: "chat.send", message: "" }, "invalid-request", id],
    ["a send with a number as message", { id, type: "chat.send", message: 7 }, "invalid-request", id],
    [
      "a send with an unknown field",
      { id, type: "chat.send", message: "m", colour: "red" },
      "invalid-request",
      id,
    ],
    [
      "a send to an id that is a path",
      { id, type: "chat.send", message: "m", conversationId: "../x" },
      "invalid-request",
      id,
    ],
    [
      "a send to an id that is an address",
      { id, type: "chat.send", message: "m", conversationId: "import" },
      "invalid-request",
      id,
    ],
    [
      "a send with an empty key",
      { id, type: "chat.send", message: "m", idempotencyKey: "" },
      "invalid-request",
      id,
    ],
    [
      "a send with too many steps",
      { id, type: "chat.send", message: "m", maxSteps: -1 },
      "invalid-request",
      id,
    ],
    [
      "a send to an unknown model",
      { id, type: "chat.send", message: "m", model: "no/such" },
      "unknown-model",
      id,
    ],
    [
      "a send from no folder",
      { id, type: "chat.send", message: "m", cwd: "/no/such/folder" },
      "invalid-cwd",
      id,
    ],
    ["a subscribe without a conversation", { id, type: "chat.subscribe" }, "invalid-request", id],
    [
      "a subscribe to nothing",
      { id, type: "chat.subscribe", conversationId: "unknown" },
      "conversation-not-found",
      id,
    ],
    [
      "a subscribe with a number as cursor",
      { id, type: "chat.subscribe", conversationId: "known", after: 0 },
      "invalid-request",
      id,
    ],
    [
      "a subscribe with an endless cursor",
      { id, type: "chat.subscribe", conversationId: "known", after: "x".repeat(4_097) },
      "invalid-request",
      id,
    ],
    ["an unsubscribe without a conversation", { id, type: "chat.unsubscribe" }, "invalid-request", id],
    ["a stop of nothing", { id, type: "chat.stop", conversationId: "unknown" }, "conversation-not-found", id],
    [
      "a stop of a turn without an id",
      { id, type: "chat.stop", conversationId: "known", turnId: "" },
      "invalid-request",
      id,
    ],
    [
      "a list with a filter",
      { id, type: "conversations.subscribe", status: "active" },
      "invalid-request",
      id,
    ],
    [
      "an answer to no approval",
      { id, type: "approval.resolve", approvalId: "a", decision: "allow" },
      "approval-not-found",
      id,
    ],
    [
      "an answer that is neither yes nor no",
      { id, type: "approval.resolve", approvalId: "a", decision: "perhaps" },
      "invalid-request",
      id,
    ],
  ];
  test.each(cases)("%s", async (_name, text, code, expected) => {
    const client = await connect(stage.port);
    client.ws.send(typeof text === "string" ? text : JSON.stringify(text));
    await elsewhere();
    client.send({ id: "after", type: "ping" });
    await client.until((frame) => frame.id === "after");
    await client.until(({ type }) => type === "error");
    const answers = client.frames.filter(({ type }) => type === "error");
    expect(answers).toHaveLength(1);
    expect(answers[0]).toMatchObject({ error: { code } });
    expect(answers[0]?.id).toBe(expected);
    expect(leaks(client)).toBe(false);
    await client.close();
  });
});

describe("a socket is closed", () => {
  const ping = JSON.stringify({ type: "ping", id: "p" });
  const half = "x".repeat(600_000);
  const cases: readonly (readonly [name: string, frames: readonly RawFrame[], code: number])[] = [
    ["at a binary frame", [{ opcode: 2, payload: ping }], 1008],
    ["at an empty binary frame", [{ opcode: 2 }], 1008],
    [
      "at a binary frame in fragments",
      [
        { opcode: 2, fin: false, payload: "{" },
        { opcode: 0, payload: "}" },
      ],
      1008,
    ],
    ["at a frame larger than 1 MiB", [{ payload: "x".repeat(1_048_577) }], 1009],
    ["at a frame that says it is, before it comes", [{ length: 1_048_577, payload: "x" }], 1009],
    ["at a frame that says it is enormous", [{ length: 2 ** 52, payload: "x" }], 1009],
    [
      "at fragments that are larger together",
      [
        { fin: false, payload: half },
        { opcode: 0, payload: half },
      ],
      1009,
    ],
    [
      "at more fragments than anybody needs",
      Array.from({ length: 16_400 }, (_, at) => ({ fin: false, opcode: at === 0 ? 1 : 0 })),
      1008,
    ],
    ["at text that is not UTF-8", [{ payload: Buffer.from([0x22, 0xff, 0xfe, 0x22]) }], 1007],
    ["at a lone surrogate as bytes", [{ payload: Buffer.from([0xed, 0xa0, 0x80]) }], 1007],
    ["at a frame without a mask", [{ masked: false, payload: ping }], 1002],
    ["at a compressed frame", [{ rsv: 4, payload: ping }], 1002],
    ["at reserved bits", [{ rsv: 1, payload: ping }], 1002],
    ["at a reserved opcode", [{ opcode: 3, payload: ping }], 1002],
    ["at a reserved control opcode", [{ opcode: 11 }], 1002],
    ["at the rest of nothing", [{ opcode: 0, payload: ping }], 1002],
    ["at a new text within a text", [{ fin: false, payload: "{" }, { payload: ping }], 1002],
    ["at a control frame in fragments", [{ opcode: 9, fin: false, payload: "a" }], 1002],
    ["at a control frame too long", [{ opcode: 9, payload: "x".repeat(126) }], 1002],
    ["at a close of one byte", [{ opcode: 8, payload: "x" }], 1002],
    ["at a close with a code that does not exist", [{ opcode: 8, payload: Buffer.from([0x03, 0xed]) }], 1002],
  ];
  test.each(cases)("%s", async (_name, frames, code) => {
    const client = await connect(stage.port);
    sendRaw(client.ws, ...frames);
    await elsewhere();
    expect((await client.ended).code).toBe(code);
    expect(leaks(client)).toBe(false);
  });

  test("but not at a frame of 1 MiB, nor at one in fragments with a ping between them", async () => {
    const client = await connect(stage.port);
    const frame = JSON.stringify({ type: "ping", id: "large" });
    sendRaw(client.ws, { payload: frame + " ".repeat(1_048_576 - frame.length) });
    await client.until(({ type, id }) => type === "ok" && id === "large");
    sendRaw(
      client.ws,
      ...[...ping].map((letter, at): RawFrame => ({ fin: false, opcode: at === 0 ? 1 : 0, payload: letter })),
      { opcode: 9, payload: "between" },
      { opcode: 0 },
    );
    await client.until(({ type, id }) => type === "ok" && id === "p");
    await client.close();
  });
});
