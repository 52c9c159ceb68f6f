/** Following conversations: what every device holds in the end is what is stored, whenever it came and however it was cut. */
import { scriptedProvider, textReply } from "@dispatch/kernel/testing";
import { dispatchError } from "@dispatch/wire";
import { afterEach, expect, test } from "vitest";
import { pacedProvider } from "../test/paced-provider.ts";
import { connect, type SocketClient } from "../test/socket-client.ts";
import { type SocketStage, startSocketStage } from "../test/start-socket.ts";

let stage: SocketStage;
afterEach(() => stage.stop());

const call = { credential: "t" };
const words = (count: number, label = "w") => Array.from({ length: count }, (_, n) => `${label}${n}😀 `);
const stored = async (id: string) => (await stage.sessions.messages(id, {})).items;
const tick = () => new Promise((resolve) => setImmediate(resolve));
const follow = (client: SocketClient, conversationId: string, after?: string) =>
  client.ask({ type: "chat.subscribe", conversationId, ...(after === undefined ? {} : { after }) });

test("two devices see the same, whoever sends, whenever they join", async () => {
  const { provider, say, finish } = pacedProvider();
  stage = await startSocketStage({ provider });
  const [sender, watcher] = await Promise.all([connect(stage.port), connect(stage.port)]);
  await sender.ask({ type: "chat.send", message: "go", conversationId: "c" });
  for (const word of words(50)) {
    say(word);
    await tick();
  }
  expect(await follow(watcher, "c", "0")).toMatchObject({ type: "chat.subscribed", mode: "replay" });
  const late = await connect(stage.port);
  const subscribed = await follow(late, "c");
  expect(subscribed).toMatchObject({
    mode: "snapshot",
    snapshot: { running: { blocks: [{ kind: "text" }] } },
  });
  for (const word of words(50, "x")) {
    say(word);
    await tick();
  }
  finish();
  for (const client of [sender, watcher, late]) {
    await client.event("c", "turn-sealed");
    expect(client.views.get("c")?.messages).toEqual(await stored("c"));
    expect(client.cursors.get("c")).toBe(sender.cursors.get("c"));
    await client.close();
  }
});

test("a device that is cut again and again goes on from its cursor, without a gap and without a snapshot", async () => {
  const { provider, say, finish } = pacedProvider();
  stage = await startSocketStage({ provider });
  await stage.sessions.send({ message: "go", conversationId: "c" }, call);
  let client = await connect(stage.port);
  await follow(client, "c", "0");
  for (const word of words(40)) {
    say(word);
    await client.until((frame) => JSON.stringify(frame).includes(word));
    client.ws.terminate();
    const cursor = client.cursors.get("c") ?? "";
    client = await connect(stage.port, { views: client.views });
    expect(await follow(client, "c", cursor)).toMatchObject({ mode: "replay", cursor });
  }
  finish();
  await client.event("c", "turn-sealed");
  expect(client.views.get("c")?.messages).toEqual(await stored("c"));
  await client.close();
});

test("a closed socket changes nothing for the turn", async () => {
  const { provider, say, finish } = pacedProvider();
  stage = await startSocketStage({ provider });
  const client = await connect(stage.port);
  await client.ask({ type: "chat.send", message: "go", conversationId: "c" });
  say("one ");
  await client.until((frame) => JSON.stringify(frame).includes("one "));
  client.ws.terminate();
  await client.ended;
  say("two");
  finish();
  expect(await stage.sessions.last("c", { timeoutMs: 5_000 })).toMatchObject({
    text: "one two",
    reason: "completed",
  });
});

test("subscribing again moves the place, and unsubscribing ends the frames", async () => {
  const { provider, say, finish } = pacedProvider();
  stage = await startSocketStage({ provider });
  const client = await connect(stage.port);
  await client.ask({ type: "chat.send", message: "go", conversationId: "c" });
  say("one ");
  await client.until((frame) => JSON.stringify(frame).includes("one "));
  const from = client.frames.length;
  expect(await follow(client, "c", "0")).toMatchObject({ mode: "replay" });
  await client.until(
    (frame) => client.frames.indexOf(frame) >= from && JSON.stringify(frame).includes("one "),
  );
  const seqs = client.frames.slice(from).flatMap(({ events = [] }) => events as { seq?: number }[]);
  expect(seqs.flatMap(({ seq }) => seq ?? [])[0]).toBe(1);
  expect(await client.ask({ type: "chat.unsubscribe", conversationId: "c" })).toMatchObject({ type: "ok" });
  const count = client.frames.length;
  say("two");
  finish();
  await stage.sessions.last("c", { timeoutMs: 5_000 });
  await client.ask({ type: "ping" });
  expect(client.frames.length).toBe(count + 1);
  expect(await client.ask({ type: "chat.unsubscribe", conversationId: "never" })).toMatchObject({
    type: "ok",
  });
  await client.close();
});

test("a burst of subscribe and unsubscribe is done in order, each answered once", async () => {
  stage = await startSocketStage();
  await stage.sessions.create({ id: "c" }, call);
  const client = await connect(stage.port);
  for (let n = 0; n < 40; n++) {
    const type = n % 2 === 0 ? "chat.subscribe" : "chat.unsubscribe";
    client.send({ id: `s${n}`, type, conversationId: "c" });
  }
  await client.until(({ id }) => id === "s39");
  const ids = client.frames.flatMap(({ id }) => id ?? []);
  expect(ids).toEqual(Array.from({ length: 40 }, (_, n) => `s${n}`));
  const count = client.frames.length;
  await stage.sessions.patch("c", { title: "new" }, call);
  await client.ask({ type: "ping" });
  expect(client.frames.length).toBe(count + 1);
  await client.close();
});

test("sending to a conversation that is followed leaves its stream alone; the key makes a repeat harmless", async () => {
  stage = await startSocketStage({ provider: scriptedProvider([textReply("a"), textReply("b")]) });
  const client = await connect(stage.port);
  const frame = { type: "chat.send", message: "go", conversationId: "c", idempotencyKey: "k" };
  const first = await client.ask(frame);
  await client.event("c", "turn-sealed");
  const again = await client.ask(frame);
  expect({ ...again, id: "" }).toEqual({ ...first, id: "" });
  expect(await client.ask({ ...frame, message: "other" })).toMatchObject({
    error: { code: "idempotency-mismatch" },
  });
  expect(client.frames.filter(({ type }) => type === "chat.subscribed")).toHaveLength(1);

  // Another device repeats it: the same turn's events again.
  const other = await connect(stage.port);
  expect(await other.ask(frame)).toMatchObject({ turnId: first.turnId });
  await other.event("c", "turn-sealed");
  expect(other.views.get("c")?.messages).toEqual(await stored("c"));
  await Promise.all([client.close(), other.close()]);
});

test("a busy conversation says so, with the running turn; stop ends it", async () => {
  const { provider, say } = pacedProvider();
  stage = await startSocketStage({ provider });
  const client = await connect(stage.port);
  const { turnId } = await client.ask({ type: "chat.send", message: "go", conversationId: "c" });
  expect(await client.ask({ type: "chat.send", message: "more", conversationId: "c" })).toMatchObject({
    type: "error",
    error: { code: "conversation-busy", turnId },
  });
  say("half");
  expect(await client.ask({ type: "chat.stop", conversationId: "c", turnId: "another" })).toMatchObject({
    aborted: false,
  });
  expect(await client.ask({ type: "chat.stop", conversationId: "c" })).toMatchObject({
    aborted: true,
    turnId,
  });
  await client.event("c", "turn-sealed");
  expect(client.views.get("c")?.messages).toEqual(await stored("c"));
  await client.close();
});

test("a deleted conversation ends with conversation.deleted, and nothing of it comes after", async () => {
  const { provider, say } = pacedProvider();
  stage = await startSocketStage({ provider });
  const client = await connect(stage.port);
  await client.ask({ type: "conversations.subscribe" });
  await client.ask({ type: "chat.send", message: "go", conversationId: "c" });
  say("half");
  await stage.sessions.delete("c");
  await client.until(({ type, conversationId }) => type === "conversation.deleted" && conversationId === "c");
  const count = client.frames.length;
  await stage.clock.advance(10_000);
  await client.ask({ type: "ping" });
  expect(client.frames.slice(count).map(({ type }) => type)).toEqual(["ok"]);
  // The id is free again, for a conversation of its own.
  await stage.sessions.create({ id: "c" }, call);
  await client.until(
    (frame) => client.frames.indexOf(frame) >= count && frame.type === "conversation.changed",
  );
  expect(await follow(client, "c", client.cursors.get("c"))).toMatchObject({
    mode: "snapshot",
    snapshot: { messages: [] },
  });
  await client.close();
});

test("when the store fails, a snapshot of what is there comes as soon as there is one", async () => {
  const faults = { append: 0, subscribe: 0 };
  stage = await startSocketStage({
    around: (store) => ({
      ...store,
      async append(batch) {
        if (faults.append-- > 0) throw dispatchError("store-failed", "The disk is full.");
        await store.append(batch);
      },
      async head(id) {
        if (faults.subscribe-- > 0) throw dispatchError("store-failed", "The disk is gone.");
        return store.head(id);
      },
    }),
  });
  await stage.sessions.create({ id: "c" }, call);
  const client = await connect(stage.port);
  await follow(client, "c");
  Object.assign(faults, { append: 1, subscribe: 3 });
  await expect(stage.sessions.patch("c", { title: "lost" }, call)).rejects.toMatchObject({
    code: "store-failed",
  });
  const count = client.frames.length;
  const resync = () => client.frames.slice(count).find(({ type }) => type === "chat.subscribed");
  for (let tries = 0; tries < 20 && !resync(); tries++) {
    await tick();
    await stage.clock.advance(500);
    await client.ask({ type: "ping" });
  }
  const again = resync();
  expect(again).toMatchObject({ mode: "snapshot", conversationId: "c" });
  expect(again).not.toHaveProperty("id");
  await stage.sessions.patch("c", { title: "kept" }, call);
  await client.until((frame) => JSON.stringify(frame).includes("kept"));
  await client.close();
});

test("opened, compacted and changed statuses reach those who follow, openings everybody", async () => {
  stage = await startSocketStage({ provider: scriptedProvider([textReply("a"), textReply("A summary.")]) });
  const [follower, bystander] = await Promise.all([connect(stage.port), connect(stage.port)]);
  await follower.ask({ type: "chat.send", message: "go", conversationId: "c" });
  await follower.event("c", "turn-sealed");
  await stage.sessions.open("c");
  for (const client of [follower, bystander]) await client.until(({ type }) => type === "conversation.open");
  await stage.sessions.compact("c", { keepTokens: 0 });
  await follower.until(({ type }) => type === "conversation.compacted");
  await stage.sessions.close("c");
  await follower.until(({ type, status }) => type === "conversation.statusChanged" && status === "closed");
  await bystander.ask({ type: "ping" });
  expect(bystander.frames.map(({ type }) => type)).toEqual(["hello", "conversation.open", "ok"]);
  await Promise.all([follower.close(), bystander.close()]);
});

test("a hundred reconnects, most of them in mid-stream, leave nothing behind", async () => {
  const { provider, say, finish } = pacedProvider();
  stage = await startSocketStage({ provider, orchestrator: { hotConversations: 0 } });
  await stage.sessions.send({ message: "go", conversationId: "c" }, call);
  const handles = () => process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP")).length;
  const before = handles();
  for (let n = 0; n < 100; n++) {
    const client = await connect(stage.port);
    const subscribing = follow(client, "c", "0");
    say(`${n} `);
    if (n % 3 > 0) await subscribing;
    else subscribing.catch(() => undefined); // cut before its answer
    if (n % 2 === 0) client.ws.terminate();
    else await client.close();
  }
  finish();
  await stage.sessions.last("c", { timeoutMs: 5_000 });
  await expect.poll(handles).toBe(before);
  expect(stage.clock.pending()).toBeLessThan(10);
});
