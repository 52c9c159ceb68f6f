import { expect, it } from "vitest";
import { checkRequest } from "./check-request.ts";
import { answer, call, calling, type PlantedFault, spoken, talk, user } from "./planted-fault.ts";

const planted: PlantedFault[] = [
  [
    "calls without any result",
    "unanswered-tool-calls",
    "messages.[2].role",
    talk(user, calling(call("a"))),
    talk(user, calling(call("a")), answer("a")),
  ],
  [
    "one of two parallel calls without a result",
    "unanswered-tool-calls",
    "messages.[3].role",
    talk(user, calling(call("a"), call("b")), answer("b"), user),
    talk(user, calling(call("a"), call("b")), answer("b"), answer("a"), user),
  ],
  [
    "a steering message between call and result",
    "unanswered-tool-calls",
    "messages.[2].role",
    talk(user, calling(call("a")), user, answer("a")),
    talk(user, calling(call("a")), answer("a"), user),
  ],
  [
    "a result pushed behind another message",
    "orphan-tool-message",
    "messages.[4].role",
    talk(user, calling(call("a"), call("b")), answer("a"), user, answer("b")),
    talk(user, calling(call("a"), call("b")), answer("a"), answer("b"), user),
  ],
  [
    "a result whose call was compacted away",
    "orphan-tool-message",
    "messages.[1].role",
    talk(user, answer("a"), spoken),
    talk(user, calling(call("a")), answer("a"), spoken),
  ],
  [
    "a result behind an answer without calls",
    "orphan-tool-message",
    "messages.[2].role",
    talk(user, spoken, answer("a")),
    talk(user, spoken),
  ],
  [
    "a result for a call nobody made",
    "unknown-tool-call-id",
    "messages.[3].tool_call_id",
    talk(user, calling(call("a")), answer("a"), answer("z")),
    talk(user, calling(call("a"), call("z")), answer("a"), answer("z")),
  ],
  [
    "a result for a call of an earlier step",
    "unknown-tool-call-id",
    "messages.[5].tool_call_id",
    talk(user, calling(call("a")), answer("a"), calling(call("b")), answer("b"), answer("a")),
    talk(user, calling(call("a")), answer("a"), calling(call("b")), answer("b")),
  ],
  [
    "two results for one call",
    "duplicate-tool-answer",
    "messages.[3].tool_call_id",
    talk(user, calling(call("a")), answer("a", "aborted"), answer("a")),
    talk(user, calling(call("a")), answer("a")),
  ],
  [
    "one id for two parallel calls",
    "duplicate-tool-call-id",
    "messages[1].tool_calls[1].id",
    talk(user, calling(call("a"), call("a")), answer("a")),
    talk(user, calling(call("a"), call("b")), answer("a"), answer("b")),
  ],
  [
    "an id used again in a later step",
    "duplicate-tool-call-id",
    "messages[3].tool_calls[0].id",
    talk(user, calling(call("a")), answer("a"), calling(call("a")), answer("a")),
    talk(user, calling(call("a")), answer("a"), calling(call("b")), answer("b")),
  ],
];

it.each(planted)("refuses %s (%s)", (_, reason, param, broken, repaired) => {
  expect(checkRequest(broken)).toContainEqual(expect.objectContaining({ reason, param }));
  expect(checkRequest(repaired)).toEqual([]);
});
