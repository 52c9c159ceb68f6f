/** The writer against a real client that does not read. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { textFrame } from "../frames/text-frame.ts";
import { createWriter, type Source, type Writer } from "./writer.ts";

const bufferBytes = 200_000;
const pieceBytes = 50_000;

let client: WebSocket;
let ws: WebSocket;
let writer: Writer;
let end: () => Promise<void>;
const faults: unknown[] = [];

beforeEach(async () => {
  faults.length = 0;
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const opened = once(client, "open");
  const [accepted, request] = (await once(sockets, "connection")) as [WebSocket, IncomingMessage];
  await opened;
  ws = accepted;
  writer = createWriter({
    ws,
    socket: request.socket,
    bufferBytes,
    stallMs: 60_000,
    onStall: () => undefined,
    onError: (error) => void faults.push(error),
  });
  end = async () => {
    writer.close();
    client.terminate();
    ws.terminate();
    await new Promise((resolve) => server.close(resolve));
  };
});
afterEach(() => end());

/** Sources that always have more, and how often each was asked. */
function endless(count: number): number[] {
  const asked = Array<number>(count).fill(0);
  asked.forEach((_, at) => {
    const source: Source = async (write) => {
      asked[at] = (asked[at] ?? 0) + 1;
      await Promise.resolve();
      write(textFrame(" ".repeat(pieceBytes)));
      writer.wake(source);
    };
    writer.wake(source);
  });
  return asked;
}

async function settled(asked: readonly number[]): Promise<number> {
  const sum = () => asked.reduce((a, b) => a + b, 0);
  for (let last = -1; last !== sum(); await new Promise((resolve) => setTimeout(resolve, 50))) last = sum();
  return sum();
}

test("sources are asked in turn, and no more once the buffer is full, until the client reads", async () => {
  client.pause();
  const asked = endless(10);
  const made = await settled(asked);
  expect(writer.blocked).toBe(true);
  expect(ws.bufferedAmount).toBeGreaterThanOrEqual(bufferBytes);
  expect(ws.bufferedAmount).toBeLessThan(bufferBytes + pieceBytes + 1_000);
  expect(Math.max(...asked) - Math.min(...asked)).toBeLessThanOrEqual(1);

  let got = 0;
  client.on("message", () => {
    got += 1;
  });
  client.resume();
  await expect.poll(() => got).toBeGreaterThan(made * 2);
  expect(Math.max(...asked) - Math.min(...asked)).toBeLessThanOrEqual(1);
});

test("a source that fails hurts no other, and one that is forgotten is not asked", async () => {
  const said: string[] = [];
  const say =
    (text: string): Source =>
    () =>
      void said.push(text);
  const forgotten = say("forgotten");
  writer.wake(() => {
    throw new Error("broken");
  });
  writer.wake(forgotten);
  writer.wake(say("said"));
  writer.forget(forgotten);
  await expect.poll(() => said).toEqual(["said"]);
  expect(faults).toMatchObject([{ message: "broken" }]);
});

test("whoever waits for room is let go when it is closed, and nothing is asked any more", async () => {
  client.pause();
  const asked = endless(1);
  await settled(asked);
  const waiting = writer.room();
  const before = asked[0];
  writer.close();
  await waiting;
  client.resume();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(asked[0]).toBe(before);
});
