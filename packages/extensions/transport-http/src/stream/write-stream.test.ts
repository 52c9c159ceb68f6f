import type { Socket } from "node:net";
import { defineExtension, defineManifest } from "@dispatch/kernel";
import { afterEach, expect, test } from "vitest";
import { open } from "../../test/raw-http.ts";
import { startTransport, type TestTransport, token } from "../../test/start-transport.ts";
import { defineRoute, routes, type StreamAnswer } from "../ports.ts";

const pieceBytes = 100_000;
const bufferBytes = 200_000;

let transport: TestTransport;
afterEach(() => transport.stop());

interface Source {
  readonly made: () => number;
  readonly closed: () => boolean;
}

/** An endless stream at /flood/<name>: a piece is there whenever one is asked for. */
function flood(fail?: Error) {
  const sources = new Map<string, Source>();
  const manifest = defineManifest({
    id: "flood",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    contributes: { points: { "transport-http/routes": ["flood"] } },
  });
  const extension = defineExtension(manifest, (host) => {
    const route = defineRoute({
      method: "GET",
      path: "/flood/:name",
      operation: "flood",
      scope: "read",
      summary: "Floods.",
      responses: { 200: "bytes" },
      async handle({ params }) {
        let made = 0;
        let closed = false;
        sources.set(params.name ?? "", { made: () => made, closed: () => closed });
        const stream: StreamAnswer = {
          contentType: "text/plain",
          async next() {
            await new Promise(setImmediate);
            if (closed) return undefined;
            made += 1;
            if (fail && made > 3) throw fail;
            return "x".repeat(pieceBytes);
          },
          close: () => {
            closed = true;
          },
        };
        return { stream };
      },
    });
    host.contribute(routes, "flood", route);
  });
  return { extension, sources };
}

const ask = async (name: string): Promise<Socket> => {
  const socket = await open(transport.port);
  socket.write(
    `GET /flood/${name} HTTP/1.1\r\nHost: 127.0.0.1:${transport.port}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  );
  return socket;
};

/** Waits until `read` gives the same twice, a while apart. */
async function settled(read: () => number): Promise<number> {
  for (let last = -1; ; ) {
    const now = read();
    if (now === last && now > 0) return now;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
}

test("a client that reads nothing is asked for no more than its buffer; others go on", async () => {
  const { extension, sources } = flood();
  transport = await startTransport({ extensions: [extension], settings: { streamBufferBytes: bufferBytes } });
  const stalled = await ask("stalled");
  stalled.pause();
  const made = await settled(() => sources.get("stalled")?.made() ?? 0);
  // What the kernel's socket buffers took is out of our hands; what we hold is the buffer and one piece.
  const reading = await ask("reading");
  let read = 0;
  reading.on("data", (chunk) => {
    read += chunk.length;
  });
  await expect.poll(() => read, { timeout: 5_000 }).toBeGreaterThan(made * pieceBytes * 2);
  expect(sources.get("stalled")?.made()).toBe(made);

  // All that was made has been handed to the socket: at most the buffer and one piece of it are still with us.
  const connections = await held();
  expect(connections.every((bytes) => bytes <= bufferBytes + pieceBytes + 1_000)).toBe(true);
  expect(Math.max(...connections)).toBeGreaterThan(0);

  stalled.destroy();
  reading.destroy();
  await expect.poll(() => sources.get("stalled")?.closed()).toBe(true);
  await expect.poll(() => sources.get("reading")?.closed()).toBe(true);

  /** `writableLength` of the server's sockets in this process. */
  async function held(): Promise<number[]> {
    const handles = (process as unknown as { _getActiveHandles(): object[] })._getActiveHandles();
    return handles
      .filter((handle): handle is Socket => "localPort" in handle && handle.localPort === transport.port)
      .map((socket) => socket.writableLength);
  }
});

test("a stalled client that reads again gets everything, in order and whole", async () => {
  const { extension, sources } = flood();
  transport = await startTransport({ extensions: [extension], settings: { streamBufferBytes: bufferBytes } });
  const socket = await ask("late");
  socket.pause();
  const made = await settled(() => sources.get("late")?.made() ?? 0);
  socket.resume();
  await expect.poll(() => sources.get("late")?.made() ?? 0).toBeGreaterThan(made);
  socket.destroy();
  await expect.poll(() => sources.get("late")?.closed()).toBe(true);
});

test("a source that fails cuts the connection, so that nobody takes it for the end", async () => {
  const { extension, sources } = flood(new Error("the disk is on fire"));
  transport = await startTransport({ extensions: [extension] });
  const response = await transport.fetch("/flood/failing");
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow();
  expect(sources.get("failing")?.closed()).toBe(true);
  expect(transport.host.logs).toContainEqual(
    expect.objectContaining({
      level: "error",
      fields: expect.objectContaining({ operation: "flood", error: expect.stringContaining("on fire") }),
    }),
  );
});
