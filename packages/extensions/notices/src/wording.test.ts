import { doneReason } from "@dispatch/wire";
import { expect, test } from "vitest";
import { named, outOfService, turnEnded, turnStalled } from "./wording.ts";

test("every end of a turn has its sentence", () => {
  const said = doneReason.options.map((reason) => turnEnded("T", reason, "provider-failed"));
  expect(new Set(said.map(({ text }) => text)).size).toBe(doneReason.options.length);
  expect(turnEnded("T", "completed", undefined)).toEqual({ level: "success", text: "“T” is answered." });
  expect(turnEnded("T", "error", "auth")).toEqual({ level: "error", text: "“T” failed (auth)." });
  for (const { text } of said) expect(text).toMatch(/^“T” .*\.$/);
});

test.each([
  ["", "A conversation"],
  ["a\n b", "“a b”"],
  ["x".repeat(200), `“${"x".repeat(100)}…”`],
])("a title is one short line", (title, expected) => {
  expect(named(title)).toBe(expected);
});

test.each([
  [400, "1 s"],
  [59_000, "59 s"],
  [900_000, "15 min"],
])("%d ms without progress read well", (ms, expected) => {
  expect(turnStalled("T", ms).text).toBe(`“T” makes no progress: nothing for ${expected}.`);
});

test("an extension is said to be out of service once, and again when it was back", () => {
  const before = new Map([["a", "active"]]);
  expect(outOfService(before, [{ id: "a", state: "active" }])).toEqual([]);
  expect(outOfService(before, [{ id: "a", state: "failed" }])).toHaveLength(1);
  expect(outOfService(new Map([["a", "failed"]]), [{ id: "a", state: "failed" }])).toEqual([]);
  expect(
    outOfService(before, [
      { id: "a", state: "disabled" },
      { id: "b", state: "stopped" },
    ]),
  ).toEqual([]);
});

test("a title cannot turn the rest of a sentence around, or give a screen orders", () =>
  expect(named("a\u202eb\u2066\u001b[2J c")).toBe("“a b [2J c”"));
