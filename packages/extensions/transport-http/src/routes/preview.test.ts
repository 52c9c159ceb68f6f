import { scriptedProvider, textReply } from "@dispatch/kernel/testing";
import { dispatchError, type Message, previewAnswer } from "@dispatch/wire";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { startTransport, type TestTransport } from "../../test/start-transport.ts";
import { cutText, previewRoute } from "./preview.ts";

let transport: TestTransport | undefined;
afterEach(async () => {
  await transport?.stop();
  transport = undefined;
});

test("tells of each id whether it has text, is empty, or is missing", async () => {
  const running = await startTransport({
    provider: scriptedProvider([textReply("x".repeat(300)), textReply("Two")]),
  });
  transport = running;
  for (const message of ["hi", "more"])
    await (await running.post("/chat", { message, conversationId: "full" })).text();
  await running.post("/conversations", { id: "bare" });
  const preview = async (body: unknown) => (await running.post("/conversations/preview", body)).json();
  const { items } = previewAnswer.parse(await preview({ ids: ["none", "full", "bare", "full"] }));
  expect(items).toMatchObject([
    { id: "none", status: "missing" },
    {
      id: "full",
      status: "ok",
      messages: [
        { role: "user", text: "hi", truncated: false },
        { role: "assistant", text: "x".repeat(240), truncated: true },
        { text: "more" },
        { text: "Two" },
      ],
    },
    { id: "bare", status: "empty" },
  ]);
  expect(await preview({ ids: ["full"], limit: 1, maxChars: 2 })).toMatchObject({
    items: [{ messages: [{ text: "Tw", truncated: true }] }],
  });
  expect(await preview({ ids: Array(65).fill("a") })).toMatchObject({ errors: [{ path: "ids" }] });
  expect(await preview({ ids: ["../x"] })).toMatchObject({ errors: [{ path: "ids.0" }] });
});

test("reads a few at a time, and one that fails does not hide the others", async () => {
  let reading = 0;
  let most = 0;
  const messages = async (id: string) => {
    most = Math.max(most, ++reading);
    await new Promise(setImmediate);
    reading -= 1;
    if (id === "id3") throw dispatchError("store-damaged", "Record 2 is missing.");
    if (id === "id4") throw new Error("at /secret/path");
    const chunks = [{ type: "text" as const, text: id }];
    const message: Message = { messageId: id, role: "user", seq: 1, ts: 1, status: "complete", chunks };
    return { items: [message], hasMore: false, cursor: "c" };
  };
  const route = previewRoute({ messages } as unknown as Parameters<typeof previewRoute>[0]);
  const ids = Array.from({ length: 40 }, (_, n) => `id${n}`);
  const { json } = await route.handle({
    params: {},
    query: {},
    body: { ids },
    caller: undefined,
    call: { credential: "" },
    signal: new AbortController().signal,
    header: () => undefined,
  });
  const { items } = previewAnswer.parse(json);
  expect(items.map(({ id }) => id)).toEqual(ids);
  expect(items.filter(({ status }) => status !== "ok")).toMatchObject([
    { id: "id3", error: { code: "store-damaged" } },
    { id: "id4", error: { code: "internal" } },
  ]);
  expect(JSON.stringify(items)).not.toContain("secret");
  expect(most).toBe(4);
});

test("a text is never cut within a character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.nat({ max: 12 }), (text, most) => {
      const cut = cutText(text, most);
      expect(text.startsWith(cut)).toBe(true);
      expect(cut.length).toBeLessThanOrEqual(most);
      expect(cut.length).toBeGreaterThanOrEqual(Math.min(text.length, most - 1));
      expect(cut).not.toMatch(/\p{Surrogate}/u);
    }),
  );
});
