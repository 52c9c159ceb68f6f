import { describe, expect, it } from "vitest";
import type { StreamItem } from "../../follow.ts";
import { settle } from "../testing/manual-clock.ts";
import { snapshotOf, type Told, tell, turn } from "../testing/script.ts";
import { type Stage, setStage } from "../testing/stage.ts";

const told = tell(turn(1, [["Hel", "lo ", "you"]]));
const cursors = told.map(({ cursor }) => cursor);

function collect() {
  const items: StreamItem[] = [];
  const ends: string[] = [];
  return {
    items,
    ends,
    get events() {
      return items.map(({ event }) => event);
    },
    follower: {
      onItems: (more: readonly StreamItem[]) => void items.push(...more),
      onEnd: ({ code }: { code: string }) => void ends.push(code),
    },
  };
}
const subscribed = (stage: Stage, fields: object = {}, answers = true) =>
  stage.sockets.last.give({
    type: "chat.subscribed",
    ...(answers ? { id: stage.sockets.last.of("chat.subscribe").at(-1)?.id } : {}),
    conversationId: "c",
    mode: "replay",
    cursor: "e~0~0",
    ...fields,
  });
const delta = (stage: Stage, part: readonly Told[]) =>
  stage.sockets.last.give({
    type: "chat.delta",
    conversationId: "c",
    cursor: part.at(-1)?.cursor,
    events: part.map(({ event }) => event),
  });
const asked = (stage: Stage) => stage.sockets.last.of("chat.subscribe").map(({ after }) => after);
const refuse = (stage: Stage, status: number, code: string, more: object = {}) =>
  stage.sockets.last.give({
    type: "error",
    id: stage.sockets.last.of("chat.subscribe").at(-1)?.id,
    error: { type: "x", title: code, status, code, ...more },
  });

async function following(after?: string) {
  const stage = setStage();
  const seen = collect();
  const follow = stage.live.follow("c", { ...seen.follower, after });
  await stage.open();
  return { stage, seen, follow };
}
async function reconnect(stage: Stage): Promise<void> {
  stage.sockets.last.drop();
  await stage.clock.advance(30_000);
  await stage.open();
}

describe("a followed conversation", () => {
  it("is given item by item, each with a cursor that is safe to come back with, and goes on there after a cut", async () => {
    const { stage, seen, follow } = await following("0");
    expect(asked(stage)).toEqual(["0"]);
    subscribed(stage);
    delta(stage, told.slice(0, 2));
    delta(stage, told.slice(2, 4));
    expect(seen.events).toEqual(told.slice(0, 4).map(({ event }) => event));
    expect(seen.items.map(({ cursor }) => cursor)).toEqual(["0", cursors[1], cursors[1], cursors[3]]);
    expect(follow.cursor).toBe(cursors[3]);
    await reconnect(stage);
    expect(asked(stage)).toEqual([cursors[3]]);
    subscribed(stage, { cursor: cursors[3] });
    delta(stage, told.slice(4));
    expect(seen.events).toEqual(told.map(({ event }) => event));
  });

  it("gives nothing twice and cuts off what is held of a delta", async () => {
    const { stage, seen } = await following("0");
    subscribed(stage);
    delta(stage, told.slice(0, 4));
    delta(stage, told.slice(0, 4));
    const [joined] = tell([{ type: "text-delta", block: "b1.0", at: 3, text: "lo you" }]);
    if (joined) delta(stage, [{ ...joined, cursor: cursors[4] ?? "" }]);
    delta(stage, told.slice(3));
    const texts = seen.events.map((event) => (event && "at" in event ? event.text : event?.type));
    expect(texts.slice(2, 6)).toEqual(["Hel", "lo ", "you", "text"]);
    expect(seen.events.slice(5)).toEqual(told.slice(5).map(({ event }) => event));
  });

  it.each([
    ["record", 6, 7],
    ["piece of text", 3, 4],
  ])(
    "is subscribed to anew when a %s is missing, and ignores what comes before the answer",
    async (_what, from, to) => {
      const { stage, seen } = await following("0");
      subscribed(stage);
      delta(stage, told.slice(0, from));
      delta(stage, told.slice(to));
      delta(stage, told.slice(from));
      expect(asked(stage)).toEqual(["0", cursors[from - 1]]);
      expect(seen.items).toHaveLength(from);
      subscribed(stage, { cursor: cursors[from - 1] });
      delta(stage, told.slice(from));
      expect(seen.events).toEqual(told.map(({ event }) => event));
    },
  );

  it("comes as a snapshot when a second try has a hole at once, and ends when holes do not", async () => {
    const { stage, seen } = await following("0");
    subscribed(stage);
    delta(stage, told.slice(0, 3));
    for (let n = 0; n < 5; n += 1) {
      delta(stage, told.slice(6, 7));
      subscribed(stage, { cursor: cursors[2] });
    }
    expect(asked(stage)).toEqual(["0", cursors[2], undefined, undefined, undefined, undefined]);
    expect(seen.ends).toEqual([]);
    delta(stage, told.slice(6, 7));
    expect(seen.ends).toEqual(["gap"]);
  });

  it("is replaced by a snapshot, also in between", async () => {
    const { stage, seen } = await following();
    expect(asked(stage)).toEqual([undefined]);
    const [early, late] = [snapshotOf(told.slice(0, 3)), snapshotOf(told.slice(0, 8))];
    subscribed(stage, { mode: "snapshot", cursor: early.cursor, snapshot: early });
    delta(stage, told.slice(3, 4));
    subscribed(stage, { mode: "snapshot", cursor: late.cursor, snapshot: late }, false);
    delta(stage, told.slice(7, 9));
    expect(seen.items).toEqual([
      { cursor: early.cursor, snapshot: early },
      { cursor: cursors[3], event: told[3]?.event },
      { cursor: late.cursor, snapshot: late },
      { cursor: cursors[8], event: told[8]?.event },
    ]);
  });

  it("ends when it is not there or deleted, and waits for a server in trouble", async () => {
    const { stage, seen } = await following("0");
    refuse(stage, 503, "store-failed");
    await stage.clock.advance(500);
    refuse(stage, 429, "too-many-requests", { retryAfterMs: 3_000 });
    await stage.clock.advance(3_000);
    expect(asked(stage)).toHaveLength(3);
    subscribed(stage);
    stage.sockets.last.give({ type: "conversation.deleted", conversationId: "c" });
    expect(seen.ends).toEqual(["conversation-not-found"]);
    const other = collect();
    stage.live.follow("d", other.follower);
    refuse(stage, 404, "conversation-not-found");
    expect(other.ends).toEqual(["conversation-not-found"]);
    await reconnect(stage);
    expect(asked(stage)).toEqual([]);
  });

  it("may have several who look at it: one subscription, from the place of the last of them", async () => {
    const { stage, seen, follow } = await following("0");
    subscribed(stage);
    delta(stage, told.slice(0, 6));
    const other = collect();
    const second = stage.live.follow("c", { ...other.follower, after: cursors[2] });
    expect(asked(stage)).toEqual(["0", cursors[2]]);
    subscribed(stage, { cursor: cursors[2] });
    delta(stage, told.slice(3));
    expect(seen.events).toEqual(told.map(({ event }) => event));
    expect(other.events).toEqual(told.slice(3).map(({ event }) => event));
    follow.close();
    expect(stage.sockets.last.of("chat.unsubscribe")).toHaveLength(0);
    second.close();
    expect(stage.sockets.last.of("chat.unsubscribe")).toMatchObject([{ conversationId: "c" }]);
    await reconnect(stage);
    expect(asked(stage)).toEqual([]);
  });

  it("gives nothing to whoever has closed, within the same frame too", async () => {
    const { stage, seen } = await following("0");
    const closing = stage.live.follow("c", {
      onItems: () => second.close(),
      onEnd: () => undefined,
      after: "0",
    });
    const late = collect();
    const second = stage.live.follow("c", { ...late.follower, after: "0" });
    subscribed(stage);
    delta(stage, told.slice(0, 1));
    expect([seen.items.length, late.items.length]).toEqual([1, 0]);
    closing.close();
  });

  it("ends for everybody with the live connection", async () => {
    const { stage, seen } = await following("0");
    stage.live.close();
    expect(seen.ends).toEqual(["closed"]);
  });
});

describe("a chat", () => {
  const accepted = { conversationId: "c", turnId: "t1", messageId: "m1", seq: 1, cursor: cursors[1] };
  const acknowledge = (stage: Stage) =>
    stage.sockets.last.give({ type: "ok", id: stage.sockets.last.of("chat.send").at(-1)?.id, ...accepted });
  async function chatting(before: (stage: Stage) => void = () => undefined) {
    const stage = setStage();
    await stage.open();
    before(stage);
    const seen = collect();
    const chat = stage.live.chat({ message: "hi", conversationId: "c" }, seen.follower);
    return { stage, seen, chat };
  }

  it("is followed from its first record on by what the server subscribes to itself", async () => {
    const { stage, seen, chat } = await chatting();
    acknowledge(stage);
    subscribed(stage, {}, false);
    delta(stage, told);
    expect(await chat).toMatchObject({ conversationId: "c", turnId: "t1", cursor: cursors.at(-1) });
    expect(asked(stage)).toEqual([]);
    expect(seen.events).toEqual(told.map(({ event }) => event));
    (await chat).close();
    expect(stage.sockets.last.of("chat.unsubscribe")).toHaveLength(1);
  });

  it("goes on where it was followed already: then the server subscribes to nothing", async () => {
    const first = collect();
    const { stage, seen, chat } = await chatting((on) => {
      on.live.follow("c", { ...first.follower, after: "0" });
      subscribed(on);
    });
    delta(stage, told.slice(0, 2)); // its records may come before its answer
    acknowledge(stage);
    delta(stage, told.slice(2));
    await chat;
    for (const { events } of [first, seen]) expect(events).toEqual(told.map(({ event }) => event));
  });

  it("is resumed behind its beginning when that was cut off", async () => {
    const { stage, chat } = await chatting();
    acknowledge(stage);
    await chat;
    await reconnect(stage);
    expect(asked(stage)).toEqual([cursors[1]]);
  });

  it("is begun again by the repeat when not even its answer came", async () => {
    const { stage, seen, chat } = await chatting();
    await reconnect(stage);
    expect(stage.sockets.last.of("chat.send")).toMatchObject([{ idempotencyKey: "key-1" }]);
    acknowledge(stage);
    subscribed(stage, {}, false);
    delta(stage, told);
    await chat;
    expect(seen.events).toHaveLength(told.length);
  });

  it("that nobody follows is not sent on", async () => {
    const stage = setStage();
    await stage.open();
    void stage.live.send({ message: "hi" });
    acknowledge(stage);
    subscribed(stage, {}, false);
    delta(stage, told);
    await settle();
    expect(stage.sockets.last.of("chat.unsubscribe")).toMatchObject([{ conversationId: "c" }]);
  });
});
