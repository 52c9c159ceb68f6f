import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { dispatchError } from "@dispatch/wire";
import { afterEach, expect, it, vi } from "vitest";
import { answerError } from "./answer.ts";

const ends: (() => void)[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const end of ends.splice(0)) end();
});

/** A request whose body of 1,000 bytes is refused before any of it came, and who sends it. */
async function refused() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  ends.push(
    () => client.destroy(),
    () => server.close(),
  );
  const asked = once(server, "request") as Promise<[IncomingMessage, ServerResponse]>;
  client.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
  const [incoming, outgoing] = await asked;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  answerError(
    { incoming, outgoing, redact: (text) => text },
    dispatchError("payload-too-large", "Too long."),
  );
  const [answer] = (await once(client, "data")) as [Buffer];
  expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /);
  return {
    outgoing,
    async send(bytes: number) {
      const came = once(incoming, "data");
      client.write("x".repeat(bytes));
      await came;
    },
    closed: once(client, "close"),
  };
}

it("lets a slow client send its whole body, so that nothing takes the refusal from it", async () => {
  const { outgoing, send, closed } = await refused();
  for (let sent = 0; sent < 900; sent += 100) {
    await send(100);
    vi.advanceTimersByTime(4_000);
    expect(outgoing.writableEnded).toBe(false);
  }
  await send(100);
  expect(await closed).toEqual([false]);
});

it("does not wait for one that sends nothing any more", async () => {
  const { outgoing, send, closed } = await refused();
  await send(100);
  vi.advanceTimersByTime(5_001);
  expect(outgoing.writableEnded).toBe(true);
  await closed;
});
