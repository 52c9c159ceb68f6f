/** Clients that do not read, or are not there any more: what they cost, when they are let go, and that nobody else waits for them. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { pacedProvider } from "../test/paced-provider.ts";
import { below } from "../test/raw-frames.ts";
import { connect, type SocketClient } from "../test/socket-client.ts";
import { type SocketStage, startSocketStage } from "../test/start-socket.ts";

let stage: SocketStage;
afterEach(() => stage.stop());

const tick = () => new Promise((resolve) => setImmediate(resolve));
const piece = `${"lorem ipsum ".repeat(1_000)} `;
/** What a client holds of the answer: compared as a digest, for it is megabytes. */
function answerOf(client: SocketClient): string {
  const messages = client.views.get("c")?.messages ?? [];
  const text = messages
    .filter(({ role }) => role === "assistant")
    .flatMap(({ chunks }) => chunks.map((chunk) => (chunk.type === "text" ? chunk.text : "")))
    .join("");
  return digest(text);
}
const digest = (text: string) => `${text.length} ${createHash("sha256").update(text).digest("hex")}`;
const whole = (pieces: number) => digest(piece.repeat(pieces));

/** A turn that says so many pieces; the fast client follows every one. */
async function flood(
  { say, finish }: ReturnType<typeof pacedProvider>,
  fast: SocketClient,
  pieces: number,
): Promise<void> {
  for (let n = 0; n < pieces; n++) {
    say(piece);
    await tick();
  }
  finish();
  await fast.event("c", "turn-sealed");
}

/** Bytes that came from the server. */
const received = (client: SocketClient) => below(client.ws).bytesRead;

test("a client that does not read holds no more than its buffer, keeps nobody waiting, and has everything in the end", async () => {
  const model = pacedProvider();
  stage = await startSocketStage({
    provider: model.provider,
    settings: { stallMs: 60_000, bufferBytes: 65_536 },
  });
  const [fast, slow] = await Promise.all([connect(stage.port), connect(stage.port)]);
  await fast.ask({ type: "chat.send", message: "go", conversationId: "c" });
  await slow.ask({ type: "chat.subscribe", conversationId: "c", after: "0" });
  slow.ws.pause();
  // 24 MB, more than the buffers of the system hold for the slow one.
  await flood(model, fast, 2_000);
  const unread = received(slow);
  // Who keeps up is sent each piece once: no sealed block comes again.
  expect(received(fast)).toBeLessThan(2_000 * piece.length * 1.1);
  expect(unread).toBeLessThan(received(fast) / 2);
  slow.ws.resume();
  await slow.event("c", "turn-sealed");
  expect(answerOf(slow)).toBe(whole(2_000));
  expect(slow.cursors.get("c")).toBe(fast.cursors.get("c"));
  // Sealed text that it had not seen came once, whole: never the same twice.
  expect(received(slow)).toBeLessThan(2_000 * piece.length * 1.1);
  await Promise.all([fast.close(), slow.close()]);
}, 30_000);

test("a client that takes nothing for so long is closed with 4000, and goes on from its cursor", async () => {
  const model = pacedProvider();
  stage = await startSocketStage({
    provider: model.provider,
    settings: { stallMs: 150, bufferBytes: 65_536, closeMs: 25_000 }, // it has to read 7 MB before it comes to the close
  });
  const [fast, slow] = await Promise.all([connect(stage.port), connect(stage.port)]);
  await fast.ask({ type: "chat.send", message: "go", conversationId: "c" });
  await slow.ask({ type: "chat.subscribe", conversationId: "c", after: "0" });
  slow.ws.pause();
  // 7 MB: more than the buffers of the system hold, and not so far behind that a snapshot would be the answer.
  await flood(model, fast, 600);
  await sleep(400);
  slow.ws.resume();
  expect((await slow.ended).code).toBe(4_000);
  const back = await connect(stage.port, { views: slow.views });
  expect(
    await back.ask({ type: "chat.subscribe", conversationId: "c", after: slow.cursors.get("c") }),
  ).toMatchObject({
    mode: "replay",
  });
  await back.event("c", "turn-sealed");
  expect(answerOf(back)).toBe(whole(600));
  await Promise.all([fast.close(), back.close()]);
}, 30_000);

test("a client that takes nothing of one large answer is closed too, though nothing more is said to it", async () => {
  const model = pacedProvider();
  stage = await startSocketStage({
    provider: model.provider,
    settings: { stallMs: 150, bufferBytes: 65_536, pingMs: 1_000, closeMs: 25_000 },
  });
  const [fast, slow] = await Promise.all([connect(stage.port), connect(stage.port)]);
  await fast.ask({ type: "chat.send", message: "go", conversationId: "c" });
  await flood(model, fast, 500);
  slow.ws.pause();
  slow.send({ id: "s", type: "chat.subscribe", conversationId: "c" });
  await sleep(300);
  await stage.clock.advance(1_000);
  await sleep(400);
  slow.ws.resume();
  expect((await slow.ended).code).toBe(4_000);
  await fast.close();
}, 30_000);

test("a client that reads slowly but does read is not closed", async () => {
  const model = pacedProvider();
  stage = await startSocketStage({
    provider: model.provider,
    settings: { stallMs: 300, bufferBytes: 65_536 },
  });
  const [fast, slow] = await Promise.all([connect(stage.port), connect(stage.port)]);
  await fast.ask({ type: "chat.send", message: "go", conversationId: "c" });
  await slow.ask({ type: "chat.subscribe", conversationId: "c", after: "0" });
  const socket = below(slow.ws);
  let reading = true;
  const pacing = (async () => {
    while (reading) {
      slow.ws.pause();
      await sleep(100);
      const until = socket.bytesRead + 400_000;
      slow.ws.resume();
      while (reading && socket.bytesRead < until) await tick();
    }
  })();
  await flood(model, fast, 1_000);
  await sleep(1_000);
  expect(slow.ws.readyState).toBe(slow.ws.OPEN);
  reading = false;
  await pacing;
  slow.ws.resume();
  await slow.event("c", "turn-sealed");
  expect(answerOf(slow)).toBe(whole(1_000));
  await Promise.all([fast.close(), slow.close()]);
}, 30_000);

test("a client that asks and does not read its answers is read no further", async () => {
  stage = await startSocketStage({ settings: { bufferBytes: 20_000, stallMs: 60_000 } });
  for (let n = 0; n < 40; n++)
    await stage.sessions.create({ id: `c${n}`, title: "t".repeat(500) }, { credential: "t" });
  const client = await connect(stage.port);
  client.ws.pause();
  const asked = 3_000;
  for (let n = 0; n < asked; n++) client.send({ id: `l${n}`, type: "conversations.subscribe" });
  // 3,000 answers of 30 kB would be 90 MB: the server reads on only as they are taken.
  const before = process.memoryUsage().external + process.memoryUsage().arrayBuffers;
  await sleep(300);
  expect(process.memoryUsage().external + process.memoryUsage().arrayBuffers - before).toBeLessThan(
    20_000_000,
  );
  client.ws.resume();
  await client.until(({ id }) => id === `l${asked - 1}`);
  expect(client.frames.filter(({ type }) => type === "ok")).toHaveLength(asked);
  await client.close();
}, 30_000);

test("conversations of one socket take turns: a loud one does not silence the others", async () => {
  const model = pacedProvider();
  stage = await startSocketStage({ provider: model.provider, settings: { bufferBytes: 65_536 } });
  await stage.sessions.create({ id: "quiet" }, { credential: "t" });
  const client = await connect(stage.port);
  await client.ask({ type: "chat.subscribe", conversationId: "quiet" });
  await client.ask({ type: "chat.send", message: "go", conversationId: "c" });
  client.ws.pause();
  for (let n = 0; n < 600; n++) {
    model.say(piece);
    await tick();
  }
  await stage.sessions.patch("quiet", { title: "heard" }, { credential: "t" });
  model.finish();
  await stage.sessions.last("c", { timeoutMs: 10_000 });
  client.ws.resume();
  await client.event("c", "turn-sealed");
  const heard = client.frames.findIndex((frame) => JSON.stringify(frame).includes("heard"));
  const sealed = client.frames.findIndex((frame) => JSON.stringify(frame).includes("turn-sealed"));
  expect(heard).toBeGreaterThan(0);
  expect(heard).toBeLessThan(sealed);
  await client.close();
}, 30_000);

test("a client that answers no pings is dead after two; one that does is not", async () => {
  stage = await startSocketStage({ settings: { pingMs: 15_000 } });
  const [deaf, alive] = await Promise.all([connect(stage.port, { autoPong: false }), connect(stage.port)]);
  for (let n = 0; n < 2; n++) {
    const pinged = Promise.all(
      [deaf, alive].map(({ ws }) => new Promise((resolve) => ws.once("ping", resolve))),
    );
    await stage.clock.advance(15_000);
    await pinged;
    await alive.ask({ type: "ping" });
  }
  expect(deaf.ws.readyState).toBe(deaf.ws.OPEN);
  await stage.clock.advance(15_000);
  expect((await deaf.ended).code).toBe(1_006);
  expect(alive.ws.readyState).toBe(alive.ws.OPEN);
  await alive.close();
});

test("all are closed with 1001 when the server stops, and one that does not answer does not hold it up", async () => {
  stage = await startSocketStage({ settings: { closeMs: 200 } });
  const [polite, silent] = await Promise.all([connect(stage.port), connect(stage.port)]);
  below(silent.ws).pause();
  const begun = Date.now();
  await stage.host.stop();
  expect(Date.now() - begun).toBeLessThan(10_000);
  expect((await polite.ended).code).toBe(1_001);
  below(silent.ws).destroy();
});
