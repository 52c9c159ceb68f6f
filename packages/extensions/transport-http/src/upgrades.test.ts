import { afterEach, expect, test } from "vitest";
import { isWhole, parseAnswer, sendRaw } from "../test/raw-http.ts";
import { startTransport, type TestTransport, token } from "../test/start-transport.ts";
import { listener } from "./ports.ts";

let transport: TestTransport;
afterEach(() => transport.stop());

const key = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
];
const upgrade = async (host: string, ...headers: string[]) => {
  const lines = ["GET /ws HTTP/1.1", `Host: ${host}`, ...key, ...headers, "", ""];
  return parseAnswer(
    await sendRaw(
      transport.port,
      lines.join("\r\n"),
      (text) => text.includes("\r\n\r\n") && (text.includes(" 101 ") || isWhole(text)),
    ),
  );
};

test("pass the same gate, with the token in a header or a subprotocol", async () => {
  transport = await startTransport();
  const self = `127.0.0.1:${transport.port}`;
  const callers: string[] = [];
  const dispose = transport.host.get(listener).upgrade("/ws", (_, socket, __, caller) => {
    callers.push(caller.credential);
    socket.end("HTTP/1.1 101 Switching Protocols\r\n\r\n");
  });
  const bearer = `Authorization: Bearer ${token}`;
  expect((await upgrade(self, bearer)).status).toBe(101);
  expect((await upgrade(self, `Sec-WebSocket-Protocol: dispatch.v1, dispatch.token.${token}`)).status).toBe(
    101,
  );
  expect(callers).toEqual(["token", "token"]);
  expect((await upgrade(self)).problem()).toMatchObject({ status: 401 });
  expect(
    (await upgrade(self, "Authorization: Bearer no", `Sec-WebSocket-Protocol: dispatch.token.${token}`))
      .status,
  ).toBe(401);
  expect((await upgrade(self, bearer, "Origin: http://evil.test")).problem()).toMatchObject({
    status: 403,
    code: "forbidden-origin",
  });
  expect((await upgrade("evil.test", bearer)).problem()).toMatchObject({
    status: 403,
    code: "forbidden-host",
  });
  expect(callers).toHaveLength(2);
  expect(() => transport.host.get(listener).upgrade("/ws", () => {})).toThrow("taken");
  dispose();
  expect((await upgrade(self, bearer)).status).toBe(404);
});

test("only its own path and protocol are upgraded", async () => {
  transport = await startTransport();
  const self = `127.0.0.1:${transport.port}`;
  transport.host.get(listener).upgrade("/other", (_, socket) => socket.destroy());
  expect((await upgrade(self, `Authorization: Bearer ${token}`)).problem()).toMatchObject({ status: 404 });
  const h2c = await sendRaw(
    transport.port,
    [
      "GET /other HTTP/1.1",
      `Host: ${self}`,
      `Authorization: Bearer ${token}`,
      "Connection: Upgrade",
      "Upgrade: h2c",
      "",
      "",
    ].join("\r\n"),
    isWhole,
  );
  expect(parseAnswer(h2c).status).toBe(400);
});
