import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { open, parseAnswer } from "../../test/raw-http.ts";
import type { StreamAnswer } from "../ports.ts";
import { writeStream } from "./write-stream.ts";

const pieceBytes = 100_000;
const streamBufferBytes = 250_000;

interface Flood {
  readonly outgoing: ServerResponse;
  readonly over: Promise<unknown>;
  made: number;
  closed: number;
}

/** Pieces of `/end`: more than the kernel's socket buffers take. */
const endAfter = 150;

/** Serves an endless stream at any path: a piece is there whenever one is asked for. `/fail` fails after three, `/end` ends. */
let server: Server;
let floods: Map<string, Flood>;
beforeEach(async () => {
  floods = new Map();
  server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? "";
    const gone = new AbortController();
    outgoing.once("close", () => gone.abort());
    const stream: StreamAnswer = {
      contentType: "text/plain",
      async next() {
        await new Promise(setImmediate);
        if (flood.closed > 0) return undefined;
        if (path === "/end" && flood.made === endAfter) return undefined;
        if (path === "/fail" && flood.made === 3) throw new Error("no more");
        flood.made += 1;
        return String(flood.made % 10).repeat(pieceBytes);
      },
      close: () => {
        flood.closed += 1;
      },
    };
    const context = {
      streamBufferBytes,
      heartbeatMs: 1_000,
      timers: { every: () => () => {} },
      signal: gone.signal,
    };
    if (path === "/end") outgoing.setHeader("Content-Length", endAfter * pieceBytes);
    const flood: Flood = {
      outgoing,
      made: 0,
      closed: 0,
      // The first piece is asked for in a later turn of the event loop, when `flood` is there.
      over: Promise.resolve().then(() => writeStream(outgoing, stream, context)),
    };
    flood.over.catch(() => {}); // looked at by the test
    floods.set(path, flood);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const port = () => (server.address() as AddressInfo).port;
async function ask(path: string): Promise<{ socket: Socket; flood: Flood }> {
  const socket = await open(port());
  socket.pause();
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  await expect.poll(() => floods.get(path)?.made ?? 0).toBeGreaterThan(0);
  return { socket, flood: floods.get(path) as Flood };
}

/** Waits until no more is made. */
async function settled(flood: Flood): Promise<number> {
  for (let last = -1; last !== flood.made; await new Promise((resolve) => setTimeout(resolve, 60)))
    last = flood.made;
  return flood.made;
}

test("a client that reads nothing holds its buffer and one piece, and is made no more; others go on", async () => {
  const stalled = await ask("/stalled");
  const made = await settled(stalled.flood);
  const held = stalled.flood.outgoing.writableLength;
  expect(held).toBeGreaterThan(streamBufferBytes);
  expect(held).toBeLessThan(streamBufferBytes + pieceBytes + 1_000);

  const reading = await ask("/reading");
  reading.socket.resume();
  await expect.poll(() => reading.flood.made, { timeout: 4_000 }).toBeGreaterThan(made * 2);
  expect(stalled.flood.made).toBe(made);
  expect(stalled.flood.outgoing.writableLength).toBe(held);

  stalled.socket.destroy();
  reading.socket.destroy();
  await Promise.all([stalled.flood.over, reading.flood.over]);
  expect([stalled.flood.closed, reading.flood.closed].every((times) => times > 0)).toBe(true);
});

test("a client that reads again after a stall gets all of it, in order and whole, and then the end", async () => {
  const { socket, flood } = await ask("/end");
  expect(await settled(flood)).toBeLessThan(endAfter);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk)).resume();
  await new Promise((resolve) => socket.once("close", resolve));
  await flood.over;
  const pieces = Array.from({ length: endAfter }, (_, index) => String((index + 1) % 10).repeat(pieceBytes));
  expect(parseAnswer(Buffer.concat(chunks).toString("latin1")).body === pieces.join("")).toBe(true);
  expect(flood.closed).toBe(1);
});

test("a source that fails cuts the connection, so that nobody takes it for the end", async () => {
  const { socket, flood } = await ask("/fail");
  socket.resume();
  await expect(flood.over).rejects.toThrow("no more");
  expect(flood.outgoing.destroyed).toBe(true);
  expect(flood.outgoing.writableEnded).toBe(false);
  expect(flood.closed).toBe(1);
  await new Promise((resolve) => (socket.destroyed ? resolve(undefined) : socket.once("close", resolve)));
});

test.each([
  ["goes with a piece that is there", Promise.resolve("piece"), "piece"],
  ["goes ahead of one that is not", new Promise<never>(() => {}), ""],
])("the head %s", async (_, first, body) => {
  const gone = new AbortController();
  const quick = createServer((_incoming, outgoing) => {
    const pieces = [first];
    const stream: StreamAnswer = {
      contentType: "text/plain",
      next: () =>
        pieces.shift() ??
        new Promise((resolve) => gone.signal.addEventListener("abort", () => resolve(undefined))),
      close: () => {},
    };
    const timers = { every: () => () => {} };
    outgoing.writeHead(200, { "Content-Length": 5 });
    void writeStream(outgoing, stream, {
      streamBufferBytes,
      heartbeatMs: 1_000,
      timers,
      signal: gone.signal,
    });
  });
  await new Promise<void>((resolve) => quick.listen(0, "127.0.0.1", resolve));
  const socket = await open((quick.address() as AddressInfo).port);
  try {
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    const received = await new Promise<Buffer>((resolve) => socket.once("data", resolve));
    expect(parseAnswer(received.toString("latin1"))).toMatchObject({ status: 200, body });
  } finally {
    socket.destroy();
    gone.abort();
    await new Promise((resolve) => quick.close(resolve));
  }
});
