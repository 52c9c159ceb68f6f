/** The list over a socket: the page and the changes meet without a gap, and a slow client gets the latest of each. */
import type { ConversationRow } from "@dispatch/wire";
import { afterEach, expect, test } from "vitest";
import { connect, type Received, type SocketClient } from "../../test/socket-client.ts";
import { type SocketStage, startSocketStage } from "../../test/start-socket.ts";

let stage: SocketStage;
afterEach(() => stage.stop());

const call = { credential: "t" };

/** The list as the client holds it. */
function held(client: SocketClient): Map<string, ConversationRow> {
  const rows = new Map<string, ConversationRow>();
  for (const frame of client.frames) {
    if (frame.type === "ok" && Array.isArray(frame.items)) {
      rows.clear();
      for (const row of frame.items as ConversationRow[]) rows.set(row.id, row);
    } else if (frame.type === "conversation.changed")
      rows.set(String(frame.id), frame.conversation as ConversationRow);
    else if (frame.type === "conversation.deleted") rows.delete(String(frame.conversationId));
  }
  return rows;
}

const stored = async () => {
  const { items } = await stage.sessions.list({ statuses: ["active", "idle", "closed"], limit: 200 });
  return new Map(items.map((item) => [item.id, item]));
};

test("the answer holds the list, and every change of it follows, until it is ended", async () => {
  stage = await startSocketStage();
  await stage.sessions.create({ id: "a", title: "A" }, call);
  const client = await connect(stage.port);
  const answer = await client.ask({ type: "conversations.subscribe" });
  expect(answer).toMatchObject({ type: "ok", items: [{ id: "a", title: "A" }] });
  await stage.sessions.create({ id: "b" }, call);
  await stage.sessions.patch("a", { title: "A2" }, call);
  await client.until(
    ({ type, conversation }) =>
      type === "conversation.changed" && (conversation as ConversationRow).title === "A2",
  );
  await client.until(({ type, id }) => type === "conversation.changed" && id === "b");
  expect(await client.ask({ type: "conversations.unsubscribe" })).toMatchObject({ type: "ok" });
  const count = client.frames.length;
  await stage.sessions.patch("a", { title: "A3" }, call);
  await client.ask({ type: "ping" });
  expect(client.frames.length).toBe(count + 1);
  await client.close();
});

test("whatever changes while the list is read, the client ends with what is stored", async () => {
  const gates: (() => void)[] = [];
  let gated = false;
  stage = await startSocketStage({
    around: (store) => ({
      ...store,
      async list(options) {
        const page = await store.list(options);
        if (gated) await new Promise<void>((resolve) => gates.push(resolve));
        return page;
      },
    }),
  });
  for (const id of ["stays", "renamed", "closed", "deleted"]) await stage.sessions.create({ id }, call);
  const client = await connect(stage.port);
  gated = true;
  const answer: Promise<Received> = client.ask({ type: "conversations.subscribe" });
  await expect.poll(() => gates.length).toBe(1);
  await stage.sessions.patch("renamed", { title: "R" }, call);
  await stage.sessions.close("closed");
  await stage.sessions.delete("deleted");
  await stage.sessions.create({ id: "created" }, call);
  gated = false;
  gates[0]?.();
  const items = (await answer).items as ConversationRow[];
  expect(items.map(({ id, title }) => [id, title]).sort()).toEqual([
    ["renamed", "R"],
    ["stays", expect.any(String)],
  ]);
  await client.until(({ type, id }) => type === "conversation.changed" && id === "created");
  await client.ask({ type: "ping" });
  expect(held(client)).toEqual(await stored());
  await client.close();
});

test("a client that does not read gets the latest of each conversation when it does", async () => {
  stage = await startSocketStage({ settings: { bufferBytes: 2_000, stallMs: 60_000 } });
  await stage.sessions.create({ id: "a" }, call);
  const client = await connect(stage.port);
  await client.ask({ type: "conversations.subscribe" });
  client.ws.pause();
  // More than the buffers of the system hold: far fewer frames arrive than changes were made.
  const changes = 3_000;
  for (let n = 0; n < changes; n++) {
    await stage.sessions.patch(
      "a",
      { title: `${n} ${"x".repeat(490)}`, labels: [..."abcdefgh"].map((l) => l.repeat(64)) },
      call,
    );
    if (n % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  client.ws.resume();
  await client.until(
    ({ conversation }) =>
      (conversation as ConversationRow | undefined)?.title.startsWith(`${changes - 1} `) ?? false,
  );
  expect(held(client)).toEqual(await stored());
  const got = client.frames.filter(({ type }) => type === "conversation.changed").length;
  expect(got).toBeLessThan(changes);
  await client.close();
});
