import { defineExtension, defineManifest, type Extension } from "@dispatch/kernel";
import { scriptedProvider, sourceOf } from "@dispatch/kernel/testing";
import { dispatchError } from "@dispatch/wire";
import { afterEach, describe, expect, test } from "vitest";
import { isWhole, open, parseAnswer, sendRaw } from "../test/raw-http.ts";
import { readSse } from "../test/read-stream.ts";
import { startTransport, type TestTransport, token } from "../test/start-transport.ts";
import { defineRoute, listener, type RouteDefinition, routes } from "./ports.ts";

let transport: TestTransport;
afterEach(() => transport.stop());

const head = (line: string, ...headers: string[]) =>
  [
    `${line} HTTP/1.1`,
    `Host: 127.0.0.1:${transport.port}`,
    `Authorization: Bearer ${token}`,
    ...headers,
    "",
    "",
  ].join("\r\n");

describe("slow and greedy clients", () => {
  test("a hundred that never finish their headers do not keep a request waiting, and are answered 408", async () => {
    transport = await startTransport({ settings: { headersTimeoutMs: 300, requestTimeoutMs: 300 } });
    const slow = Array.from({ length: 100 }, () =>
      sendRaw(transport.port, "GET /conversations HTTP/1.1\r\nHost: x\r\nX-A"),
    );
    const started = performance.now();
    expect((await transport.fetch("/conversations")).status).toBe(200);
    expect(performance.now() - started).toBeLessThan(250);
    const answers = (await Promise.all(slow)).map(parseAnswer);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([408]));
    expect(answers[0]?.problem()).toMatchObject({ status: 408, code: "bad-request" });
  });

  test("a body that never ends is cut off at its time", async () => {
    transport = await startTransport({ settings: { headersTimeoutMs: 100, requestTimeoutMs: 200 } });
    const sent = sendRaw(
      transport.port,
      `${head("POST /chat", "Content-Type: application/json", "Content-Length: 100")}{"mess`,
    );
    expect(parseAnswer(await sent).status).toBe(408);
  });

  test("a body too large is answered before the connection ends, though the client is still sending", async () => {
    transport = await startTransport({ settings: { bodyLimitBytes: 1_000 } });
    const bytes = Buffer.from(
      `${head("POST /chat", "Content-Type: application/json", "Content-Length: 2000000")}${" ".repeat(2_000_000)}`,
    );
    const answer = parseAnswer(await sendRaw(transport.port, bytes));
    expect(answer.problem()).toMatchObject({
      status: 413,
      code: "payload-too-large",
      detail: "A body may have at most 1000 bytes.",
    });
    expect(answer.headers.get("connection")).toBe("close");
  });

  test("a client that cuts its body is gone, and nothing is logged", async () => {
    transport = await startTransport();
    const socket = await open(transport.port);
    socket.write(`${head("POST /chat", "Content-Type: application/json", "Content-Length: 100")}{"mess`);
    await new Promise(setImmediate);
    socket.destroy();
    expect((await transport.fetch("/conversations")).status).toBe(200);
    expect(transport.host.logs).toEqual([]);
  });

  test("requests behind each other on one connection are answered in order", async () => {
    transport = await startTransport();
    const all = await sendRaw(
      transport.port,
      head("GET /health") + head("GET /nope") + head("GET /models", "Connection: close"),
    );
    expect([...all.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(["200", "404", "200"]);
  });
});

describe("the end", () => {
  test("streams end, new connections are refused, and stopping takes no longer than it may", async () => {
    transport = await startTransport({ provider: scriptedProvider([[{ silence: true }]]) });
    await transport.post("/chat", { message: "hi", conversationId: "c" }, { prefer: "respond-async" });
    const events = readSse(await transport.fetch("/conversations/c/events"));
    const waiting = transport.fetch("/conversations/c/last");
    const idle = await open(transport.port);
    const ended = new Promise((resolve) => idle.once("close", resolve));
    await expect.poll(() => transport.sessions.isActive("c")).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const started = performance.now();
    const stopped = transport.host.stop();
    expect((await events)[0]?.event).toBe("snapshot");
    expect(await (await waiting).json()).toMatchObject({ running: true });
    await stopped;
    await ended;
    expect(performance.now() - started).toBeLessThan(1_500);
    await expect(fetch(`${transport.url}/health`)).rejects.toThrow();
  });

  test("a client that does not go is cut off", async () => {
    transport = await startTransport({ settings: { shutdownMs: 100 } });
    const socket = await open(transport.port);
    const ended = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => {});
    socket.write(head("POST /chat", "Content-Type: application/json", "Content-Length: 9"));
    await new Promise((resolve) => setTimeout(resolve, 30));
    await transport.host.stop();
    await ended;
  });
});

describe("routes of other extensions", () => {
  const guest = (...own: RouteDefinition[]): Extension => {
    const manifest = defineManifest({
      id: "guest",
      version: "1.0.0",
      apiVersion: "^1.0.0",
      contributes: { points: { "transport-http/routes": ["*"] } },
    });
    return defineExtension(manifest, (host) => {
      for (const route of own) host.contribute(routes, route.operation, route);
    });
  };
  const route = (
    path: string,
    handle: RouteDefinition["handle"],
    extra: Partial<RouteDefinition> = {},
  ): RouteDefinition =>
    defineRoute({
      method: "GET",
      path,
      operation: path,
      scope: "read",
      summary: "",
      responses: {},
      handle,
      ...extra,
    });

  test("come and go with their extension", async () => {
    const hello = (text: string) =>
      sourceOf(
        guest(route("/ext/guest/hello/:who", async ({ params }) => ({ json: { text, params } }))),
        "local",
      );
    transport = await startTransport({ extensions: [hello("one")] });
    const ask = async () => (await transport.fetch("/ext/guest/hello/me")).json();
    await expect.poll(ask).toEqual({ text: "one", params: { who: "me" } });
    await transport.host.reload("guest", hello("two"));
    await expect.poll(ask).toEqual({ text: "two", params: { who: "me" } });
  });

  test("have their own folder only, and never take one of ours", async () => {
    const mine = async () => ({ json: "mine" });
    const source = sourceOf(
      guest(route("/health", mine), route("/elsewhere", mine), route("/ext/guest/ok", mine)),
      "external",
    );
    transport = await startTransport({ extensions: [source] });
    await expect.poll(async () => (await transport.fetch("/ext/guest/ok")).status).toBe(200);
    expect(await (await transport.fetch("/health")).json()).toMatchObject({ status: "ok" });
    expect((await transport.fetch("/elsewhere")).status).toBe(404);
    const refused = transport.host.logs
      .filter(({ level }) => level === "warn")
      .map(({ fields }) => fields?.operation);
    expect([...new Set(refused)].sort()).toEqual(["/elsewhere", "/health"]);
  });

  test("an error of theirs is ours to keep: logged in full, told as nothing", async () => {
    const failing = route("/ext/guest/fail", async () => {
      throw new Error("secret at /home/me/file");
    });
    const retry = route("/ext/guest/retry", async () => {
      throw dispatchError("too-many-requests", "Slowly.", { retryAfterMs: 1_200 });
    });
    transport = await startTransport({ extensions: [guest(failing, retry)] });
    await expect.poll(async () => (await transport.fetch("/ext/guest/fail")).status).toBe(500);
    const text = await (await transport.fetch("/ext/guest/fail")).text();
    expect(JSON.parse(text)).toMatchObject({ status: 500, code: "internal" });
    expect(text).not.toContain("/home");
    expect(transport.host.logs[0]?.fields?.error).toContain("secret at /home/me/file");
    const slowly = await transport.fetch("/ext/guest/retry");
    expect([slowly.status, slowly.headers.get("retry-after")]).toEqual([429, "2"]);
  });

  test("what still waits when the server stops is told so", async () => {
    const waiting = route("/ext/guest/wait", async ({ signal }) => {
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
      return {};
    });
    transport = await startTransport({ extensions: [guest(waiting)] });
    await new Promise(setImmediate);
    const answer = transport.fetch("/ext/guest/wait");
    await new Promise((resolve) => setTimeout(resolve, 50));
    await transport.host.stop();
    expect(await (await answer).json()).toMatchObject({ status: 503, code: "shutting-down" });
    expect(transport.host.logs).toEqual([]);
  });
});

describe("upgrades", () => {
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
      head("GET /other", "Connection: Upgrade", "Upgrade: h2c"),
      isWhole,
    );
    expect(parseAnswer(h2c).status).toBe(400);
  });
});
