import type { LogRecord } from "@dispatch/wire";
import { describe, expect, it } from "vitest";
import { falseClaim } from "./claims.ts";

const now = 1_800_000_000_000;
const record = (fields: object) => ({ seq: 5, ts: 1_000, ...fields }) as LogRecord;
const start = { type: "turn-start", model: "m", effort: "high", cwd: "/", maxSteps: 1 };
const deep = (levels: number): unknown => JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`);

describe("a record of a document must not", () => {
  it.each<[string, object, RegExp]>([
    ["come from before all time", { type: "reset", ts: -1 }, /^ts/],
    ["come from far ahead", { type: "reset", ts: 9_000_000_000_000_000 }, /^ts/],
    [
      "start more turns than there are records",
      { ...start, attempt: 1, turn: Number.MAX_SAFE_INTEGER },
      /^turn/,
    ],
    ["start turn 0", { ...start, attempt: 1, turn: 0 }, /^turn/],
    ["be an attempt that never was", { ...start, attempt: 99, turn: 1 }, /^attempt/],
    ["start the context behind its end", { type: "compacted", summary: "s", keepFrom: 6 }, /^keepFrom/],
    ["have a title of any length", { type: "meta-changed", patch: { title: "x".repeat(501) } }, /title/],
    [
      "have labels without number",
      { type: "meta-changed", patch: { labels: Array(65).fill("l") } },
      /^patch.labels/,
    ],
    ["have a long label", { type: "meta-changed", patch: { labels: ["l".repeat(65)] } }, /^patch.labels/],
    ["have a long id", { type: "turn-sealed", turnId: "t".repeat(257) }, /^turnId/],
    ["have a long code", { type: "error", code: "c".repeat(257), message: "", retryable: false }, /^code/],
    ["be deeper than a stack", { type: "ext.a.b", data: deep(100_000) }, /nested/],
    [
      "be deeper than a call may be",
      { type: "tool-call", callId: "c", name: "n", input: deep(201) },
      /nested/,
    ],
  ])("%s", (_name, fields, expected) => {
    expect(falseClaim(record(fields), now)).toMatch(expected);
  });
});

it.each<[string, object]>([
  ["the deepest call there may be", { type: "tool-call", callId: "c", name: "n", input: deep(200) }],
  ["a clock that is an hour ahead", { type: "reset", ts: now + 3_600_000 }],
  ["a resumed turn", { ...start, attempt: 3, turn: 1 }],
  ["a compaction that keeps nothing", { type: "compacted", summary: "s", keepFrom: 5 }],
  ["a title", { type: "meta-changed", patch: { title: "x".repeat(500), labels: null } }],
])("takes %s", (_name, fields) => {
  expect(falseClaim(record(fields), now)).toBeUndefined();
});
