import { scriptedProvider } from "@dispatch/kernel/testing";
import { afterEach, describe, expect, test } from "vitest";
import { open, parseAnswer, sendRaw } from "../test/raw-http.ts";
import { readSse } from "../test/read-stream.ts";
import { startTransport, type TestTransport, token } from "../test/start-transport.ts";

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
    transport = await startTransport({ settings: { headersTimeoutMs: 800, requestTimeoutMs: 800 } });
    let answered = 0;
    const slow = Array.from({ length: 100 }, async () => {
      const received = await sendRaw(transport.port, "GET /conversations HTTP/1.1\r\nHost: x\r\nX-A");
      answered += 1;
      return received;
    });
    expect((await transport.fetch("/conversations")).status).toBe(200);
    expect(answered).toBe(0);
    const answers = (await Promise.all(slow)).map(parseAnswer);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([408]));
    expect(answers[0]?.problem()).toMatchObject({ status: 408, code: "request-timeout" });
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
  test("streams end, new connections are refused, and nothing idle is waited for", async () => {
    transport = await startTransport({
      provider: scriptedProvider([[{ silence: true }]]),
      settings: { keepAliveTimeoutMs: 60_000, shutdownMs: 60_000 },
    });
    await transport.post("/chat", { message: "hi", conversationId: "c" }, { prefer: "respond-async" });
    const events = readSse(await transport.fetch("/conversations/c/events"));
    const waiting = transport.fetch("/conversations/c/last");
    const idle = await open(transport.port);
    const ended = new Promise((resolve) => idle.once("close", resolve));
    await expect.poll(() => transport.sessions.isActive("c")).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const stopped = transport.host.stop();
    expect((await events)[0]?.event).toBe("snapshot");
    expect(await (await waiting).json()).toMatchObject({ running: true });
    await stopped;
    await ended;
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
