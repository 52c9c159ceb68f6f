import { expect, test } from "vitest";
import { createDrafts } from "./drafts.ts";
import { createLocalStore } from "./local-store.ts";
import type { Outgoing } from "./outbox.ts";
import { createSending } from "./sending.ts";

/** What browsers have, kept over pages. */
function storage() {
  const held = new Map<string, string>();
  return {
    get length() {
      return held.size;
    },
    key: (index: number) => [...held.keys()][index] ?? null,
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => void held.set(key, value),
    removeItem: (key: string) => void held.delete(key),
  };
}

interface Asked {
  readonly type: string;
  readonly fields: Readonly<Record<string, unknown>>;
  resolve(): void;
  reject(code: string): void;
}

function page(kept = storage()) {
  const asked: Asked[] = [];
  const refused: unknown[] = [];
  let waiting: readonly Outgoing[] = [];
  const store = createLocalStore(kept);
  const drafts = createDrafts(store);
  const sending = createSending({
    store,
    drafts,
    request: (type, fields) =>
      new Promise((resolve, reject) =>
        asked.push({
          type,
          fields,
          resolve: () => resolve({}),
          reject: (code) => reject(Object.assign(new Error(code), { code })),
        }),
      ),
    onChange: (now) => {
      waiting = now;
    },
    onRefused: (_outgoing, error) => refused.push(error),
    onAccepted: () => undefined,
  });
  return { kept, asked, refused, drafts, sending, waiting: () => waiting.map(({ message }) => message) };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a sent text leaves the draft and is kept until it is acknowledged, over pages, under one key", async () => {
  const first = page();
  first.drafts.set("c", "hello");
  first.sending.send({ conversationId: "c", text: "hello" });
  expect([first.drafts.get("c"), first.waiting()]).toEqual(["", ["hello"]]);
  const second = page(first.kept);
  second.sending.resume();
  expect(second.asked[0]?.fields).toEqual(first.asked[0]?.fields);
  second.asked[0]?.resolve();
  await settled();
  expect(second.waiting()).toEqual([]);
  const third = page(first.kept);
  third.sending.resume();
  expect(third.asked).toEqual([]);
});

test("what nobody could say anything about stays", async () => {
  const one = page();
  one.sending.send({ conversationId: "c", text: "hello" });
  one.asked[0]?.reject("closed");
  await settled();
  const next = page(one.kept);
  next.sending.resume();
  expect(next.waiting()).toEqual(["hello"]);
});

test("a refused text is a draft again, before what was typed since", async () => {
  const one = page();
  one.sending.send({ conversationId: "c", text: "hello" });
  one.drafts.set("c", "more");
  one.asked[0]?.reject("unknown-model");
  await settled();
  expect(one.drafts.get("c")).toBe("hello\n\nmore");
  expect([one.refused.length, one.sending.givenBack.value, one.waiting()]).toEqual([1, 1, []]);
});

test("to a conversation that has become busy it is queued instead", async () => {
  const one = page();
  one.sending.send({ conversationId: "c", text: "hello" });
  one.asked[0]?.reject("conversation-busy");
  await settled();
  expect(one.asked[1]).toMatchObject({
    type: "chat.queue",
    fields: { conversationId: "c", message: "hello" },
  });
  expect(one.asked[1]?.fields.idempotencyKey).not.toBe(one.asked[0]?.fields.idempotencyKey);
  expect([one.refused, one.waiting()]).toEqual([[], ["hello"]]);
});

test("two pages that send the same text to a busy conversation queue it under one key", async () => {
  const one = page();
  one.sending.send({ conversationId: "c", text: "hello" });
  const two = page(one.kept);
  two.sending.resume();
  for (const { asked } of [one, two]) asked[0]?.reject("conversation-busy");
  await settled();
  expect(two.asked[1]?.fields).toEqual(one.asked[1]?.fields);
});

test("a new conversation gets an id and its model; a running one its place in the queue", () => {
  const one = page();
  const id = one.sending.send({ conversationId: undefined, text: "a", model: "x/y", effort: "low" });
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  one.sending.send({ conversationId: id, text: "b", deliver: "followup" });
  expect(
    one.asked.map(({ type, fields }) => [type, fields.conversationId, fields.model, fields.deliver]),
  ).toEqual([
    ["chat.send", id, "x/y", undefined],
    ["chat.queue", id, undefined, "followup"],
  ]);
});

test("what was to begin a conversation and is refused is the draft of a new one again", async () => {
  const one = page();
  one.drafts.set(undefined, "hello");
  const id = one.sending.send({ conversationId: undefined, text: "hello", cwd: "/gone" });
  expect(one.asked[0]?.fields).toMatchObject({ conversationId: id, cwd: "/gone" });
  one.asked[0]?.reject("invalid-cwd");
  await settled();
  expect([one.drafts.get(undefined), one.drafts.get(id)]).toEqual(["hello", ""]);
});

test("what is written before a conversation has begun says how it is to begin, too", async () => {
  const one = page();
  const id = one.sending.send({ conversationId: undefined, text: "a", cwd: "/work", effort: "low" });
  one.sending.send({ conversationId: id, text: "b" });
  const { idempotencyKey, clientMessageId, ...fields } = one.asked[1]?.fields ?? {};
  expect(fields).toEqual({ conversationId: id, message: "b", cwd: "/work", effort: "low" });
  expect(idempotencyKey).not.toBe(one.asked[0]?.fields.idempotencyKey);
  expect(clientMessageId).toBe(idempotencyKey);
  for (const { resolve } of one.asked) resolve();
  await settled();
  one.sending.send({ conversationId: id, text: "c" });
  expect(one.asked[2]?.fields).not.toHaveProperty("cwd");
});

test("a browser that stores nothing sends all the same", () => {
  const broken = {
    ...storage(),
    setItem: () => {
      throw new Error("full");
    },
  };
  const one = page(broken);
  one.sending.send({ conversationId: "c", text: "hello" });
  expect(one.asked).toHaveLength(1);
});
