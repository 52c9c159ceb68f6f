import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { scriptedProvider } from "@dispatch/kernel/testing";
import { afterEach, expect, test } from "vitest";
import { open } from "../test/raw-http.ts";
import { readLines } from "../test/read-stream.ts";
import { startTransport, type TestTransport } from "../test/start-transport.ts";

let transport: TestTransport;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await transport.stop();
});

async function openMany(count: number): Promise<Socket[]> {
  const opened: Socket[] = [];
  for (let left = count; left > 0; left -= 100)
    opened.push(
      ...(await Promise.all(Array.from({ length: Math.min(left, 100) }, () => open(transport.port)))),
    );
  for (const socket of opened) socket.on("error", () => {});
  sockets.push(...opened);
  return opened;
}

const words = Array.from({ length: 200 }, (_, n) => `word${n} `);
/** Says a word every other millisecond. */
const talkative = () =>
  scriptedProvider(
    [
      [
        ...words.flatMap((text) => [{ type: "text" as const, text }, { wait: 2 }]),
        { type: "finish", reason: "stop" },
      ],
    ],
    { clock: { sleep: (ms: number) => sleep(ms) } },
  );

test("a thousand idle connections do not disturb a turn that streams, and are let go", {
  timeout: 30_000,
}, async () => {
  transport = await startTransport({
    provider: talkative(),
    settings: { headersTimeoutMs: 3_000, requestTimeoutMs: 3_000 },
  });
  const idle = await openMany(1_000);
  const response = await transport.post("/chat", { message: "Talk." });
  expect(idle.filter((socket) => socket.readyState === "open")).toHaveLength(1_000);
  const lines = await readLines(response);
  const deltas = lines.filter(({ event }) => event.type === "text-delta").map(({ event }) => event.text);
  expect(deltas.length).toBeGreaterThan(words.length / 4); // live, not in one piece at the end
  expect(deltas.join("")).toBe(words.join(""));
  expect(lines.at(-1)?.event.type).toBe("turn-sealed");
  for (const socket of idle) socket.resume();
  await expect.poll(() => idle.filter((socket) => !socket.destroyed).length, { timeout: 10_000 }).toBe(0);
  expect((await transport.fetch("/conversations")).status).toBe(200);
});

test("beyond the limit connections are dropped, those that are open are served, and the log says so", async () => {
  transport = await startTransport({ settings: { maxConnections: 20 } });
  const first = await transport.fetch("/models"); // its connection is kept alive and used again
  await first.text();
  const many = await openMany(30);
  await expect.poll(() => many.filter((socket) => socket.resume().destroyed).length).toBe(11);
  expect((await transport.fetch("/conversations")).status).toBe(200);
  expect(transport.host.logs.map(({ message }) => message)).toContain(
    "a connection was dropped: too many are open",
  );
});
