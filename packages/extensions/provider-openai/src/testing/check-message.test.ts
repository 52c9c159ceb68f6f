import { expect, it } from "vitest";
import { checkRequest } from "./check-request.ts";
import {
  answer,
  body,
  call,
  calling,
  type PlantedFault,
  spoken,
  talk,
  user,
  without,
} from "./planted-fault.ts";

const planted: PlantedFault[] = [
  ["no messages", "missing-field", "messages", without(body({}), "messages"), body({})],
  ["an empty conversation", "empty-messages", "messages", talk(), talk(user)],
  ["a role nobody has", "bad-role", "messages[0].role", talk({ role: "bot", content: "x" }), talk(user)],
  ["a message without role", "bad-role", "messages[0].role", talk({ content: "x" }), talk(user)],
  [
    "a user who says null",
    "bad-content",
    "messages[0].content",
    talk({ role: "user", content: null }),
    talk(user),
  ],
  ["a user without content", "missing-content", "messages[0].content", talk({ role: "user" }), talk(user)],
  [
    "a user who says nothing",
    "empty-content",
    "messages[0].content",
    talk({ role: "user", content: "" }),
    talk(user),
  ],
  [
    "an empty list of parts",
    "empty-content",
    "messages[0].content",
    talk({ role: "user", content: [] }),
    talk({ role: "user", content: [{ type: "text", text: "hi" }] }),
  ],
  [
    "an image in the system prompt",
    "bad-content-part",
    "messages[0].content[0].type",
    talk({ role: "system", content: [{ type: "image_url", image_url: { url: "https://a/b" } }] }, user),
    talk(
      { role: "system", content: "be kind" },
      { role: "user", content: [{ type: "image_url", image_url: { url: "https://a/b" } }] },
    ),
  ],
  [
    "an object as tool result",
    "bad-content",
    "messages[2].content",
    talk(user, calling(call("a")), answer("a", { ok: true })),
    talk(user, calling(call("a")), answer("a", "")),
  ],
  [
    "an assistant with neither content nor calls",
    "missing-content",
    "messages[1].content",
    talk(user, { role: "assistant", content: null }, user),
    talk(user, spoken, user),
  ],
  [
    "an aborted assistant with empty text",
    "empty-content",
    "messages[1].content",
    talk(user, { role: "assistant", content: "" }, user),
    talk(user, { ...calling(call("a")), content: "" }, answer("a")),
  ],
  [
    "an empty list of calls",
    "empty-tool-calls",
    "messages[1].tool_calls",
    talk(user, { ...spoken, tool_calls: [] }),
    talk(user, spoken),
  ],
  [
    "a field of ours in a message",
    "unknown-message-field",
    "messages[0].seq",
    talk({ ...user, seq: 1 }),
    talk(user),
  ],
  [
    "reasoning sent back",
    "unknown-message-field",
    "messages[1].reasoning_content",
    talk(user, { ...spoken, reasoning_content: "hm" }, user),
    talk(user, spoken, user),
  ],
  [
    "the index of a streamed call kept",
    "unknown-message-field",
    "messages[1].tool_calls[0].index",
    talk(user, calling({ ...call("a"), index: 0 }), answer("a")),
    talk(user, calling(call("a")), answer("a")),
  ],
  [
    "half an emoji",
    "lone-surrogate",
    "messages[0].content",
    talk({ role: "user", content: "cut \ud83d" }),
    talk({ role: "user", content: "whole \ud83d\ude00" }),
  ],
];

it.each(planted)("refuses %s (%s)", (_, reason, param, broken, repaired) => {
  expect(checkRequest(broken)).toContainEqual(expect.objectContaining({ reason, param }));
  expect(checkRequest(repaired)).toEqual([]);
});
