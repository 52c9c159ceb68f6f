import { expect, it } from "vitest";
import { checkRequest } from "./check-request.ts";
import { body, type PlantedFault, without } from "./planted-fault.ts";

const planted: PlantedFault[] = [
  ["a list as body", "body-not-object", "body", [], body({})],
  ["no model", "missing-field", "model", without(body({}), "model"), body({})],
  [
    "a field nobody knows",
    "unknown-field",
    "conversation",
    body({ conversation: "c1" }),
    body({ user: "u" }),
  ],
  [
    "stream options without a stream",
    "stream-options",
    "stream_options",
    body({ stream_options: { include_usage: true } }),
    body({ stream: true, stream_options: { include_usage: true } }),
  ],
  ["room for no token", "token-limit", "max_tokens", body({ max_tokens: 0 }), body({ max_tokens: 1 })],
  [
    "room for less than no token",
    "token-limit",
    "max_completion_tokens",
    body({ max_completion_tokens: -5 }),
    body({ max_completion_tokens: 5 }),
  ],
  [
    "both token limits",
    "token-limit",
    "max_tokens",
    body({ max_tokens: 1, max_completion_tokens: 1 }),
    body({ max_completion_tokens: 1 }),
  ],
  [
    "an effort nobody makes",
    "reasoning-effort",
    "reasoning_effort",
    body({ reasoning_effort: "huge" }),
    body({ reasoning_effort: "high" }),
  ],
  ["too hot", "wrong-value", "temperature", body({ temperature: 2.1 }), body({ temperature: 2 })],
  ["stream as text", "wrong-type", "stream", body({ stream: "true" }), body({ stream: true })],
];

it.each(planted)("refuses %s (%s)", (_, reason, param, broken, repaired) => {
  expect(checkRequest(broken)).toContainEqual(expect.objectContaining({ reason, param }));
  expect(checkRequest(repaired)).toEqual([]);
});
