import { expect, it } from "vitest";
import { checkRequest } from "./check-request.ts";
import { answer, call, calling, type PlantedFault, talk, user, without } from "./planted-fault.ts";

const planted: PlantedFault[] = [
  [
    "arguments as an object",
    "tool-arguments",
    "messages[1].tool_calls[0].function.arguments",
    talk(user, calling(call("a", { path: "x" })), answer("a")),
    talk(user, calling(call("a", '{"path":"x"}')), answer("a")),
  ],
  ...['{"path":"x', "", "[1]", "null"].map(
    (args): PlantedFault => [
      `arguments ${JSON.stringify(args)}`,
      "tool-arguments",
      "messages[1].tool_calls[0].function.arguments",
      talk(user, calling(call("a", args)), answer("a")),
      talk(user, calling(call("a")), answer("a")),
    ],
  ),
  [
    "a call without id",
    "tool-call-id",
    "messages[1].tool_calls[0].id",
    talk(user, calling(without(call("a"), "id"))),
    talk(user, calling(call("a")), answer("a")),
  ],
  [
    "an empty call id",
    "tool-call-id",
    "messages[1].tool_calls[0].id",
    talk(user, calling(call("")), answer("")),
    talk(user, calling(call("a")), answer("a")),
  ],
  [
    "a call id of 41 characters",
    "tool-call-id",
    "messages[1].tool_calls[0].id",
    talk(user, calling(call("a".repeat(41))), answer("a".repeat(41))),
    talk(user, calling(call("a".repeat(40))), answer("a".repeat(40))),
  ],
  [
    "a result without call id",
    "tool-call-id",
    "messages[2].tool_call_id",
    talk(user, calling(call("a")), without(answer("a"), "tool_call_id")),
    talk(user, calling(call("a")), answer("a")),
  ],
  [
    "a function name with a dot",
    "function-name",
    "messages[1].tool_calls[0].function.name",
    talk(user, calling(call("a", "{}", "fs.read")), answer("a")),
    talk(user, calling(call("a", "{}", "fs_read")), answer("a")),
  ],
];

it.each(planted)("refuses %s (%s)", (_, reason, param, broken, repaired) => {
  expect(checkRequest(broken)).toContainEqual(expect.objectContaining({ reason, param }));
  expect(checkRequest(repaired)).toEqual([]);
});
