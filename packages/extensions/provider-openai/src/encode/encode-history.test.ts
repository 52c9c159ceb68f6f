import type { ModelMessage } from "@dispatch/kernel";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createHistoryEncoder } from "./encode-history.ts";
import type { EncodeMessage, Shown } from "./encode-message.ts";

/** A message that says `messageId`; "" says nothing. */
const message = (messageId: string): ModelMessage => ({ messageId, role: "user", chunks: [] });
const none: Shown = new Map();
const encode: EncodeMessage = ({ messageId }, shown) => (shown.size > 0 ? `${messageId}!` : messageId);
const plainly = (messages: readonly ModelMessage[], shown: Shown): string =>
  messages
    .map((each) => encode(each, shown))
    .filter((json) => json !== "")
    .join(",");

it("is what joining all of them anew would give, whatever came before (property)", () => {
  const pool = ["", "a", "bb", "ccc", "dddd", ""].map(message);
  const request = fc.record({
    conversationId: fc.constantFrom("one", "two", "three"),
    shown: fc.constantFrom(none, new Map([["picture", {}]])),
    messages: fc.array(fc.constantFrom(...pool), { maxLength: 8 }),
  });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 20 }), fc.integer({ min: 0, max: 30 }), (requests, most) => {
      const encodeHistory = createHistoryEncoder(encode, most);
      for (const each of requests)
        expect(encodeHistory(each, each.shown)).toBe(plainly(each.messages, each.shown));
    }),
  );
});

it("asks for no message twice as long as the conversation goes on, and for all again when it was dropped", () => {
  let asked: string[] = [];
  const encodeHistory = createHistoryEncoder((each) => {
    asked.push(each.messageId);
    return each.messageId;
  }, 10);
  const [a, b, c, d] = ["aaa", "bbb", "ccc", "dddd"].map(message) as [
    ModelMessage,
    ModelMessage,
    ModelMessage,
    ModelMessage,
  ];
  const step = (conversationId: string, messages: readonly ModelMessage[]) => {
    asked = [];
    encodeHistory({ conversationId, messages }, none);
    return asked;
  };
  expect(step("one", [a, b])).toEqual(["aaa", "bbb"]);
  expect(step("one", [a, c])).toEqual(["ccc"]); // the last one was another
  expect(step("two", [d])).toEqual(["dddd"]); // there is room for one of them
  expect(step("two", [d])).toEqual([]);
  expect(step("one", [a, c])).toEqual(["aaa", "ccc"]);
});
