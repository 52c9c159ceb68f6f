import { expect, test } from "vitest";
import { readPrompt } from "./read-prompt.ts";

test.each([
  ["one endless word", "O".repeat(1_000_000)],
  ["dots within a word", `a${".".repeat(999_998)}b`],
  ["words as long as names may be", `${"O".repeat(255)} `.repeat(3_900)],
  ["quotes that never close", `"${"'a`".repeat(300_000)}`],
])("a prompt of a megabyte is read in a moment: %s", (_, prompt) => {
  const began = performance.now();
  expect(readPrompt(prompt)).toMatchObject({ files: [], folder: "" });
  expect(performance.now() - began).toBeLessThan(3_000); // it took minutes
});

test("a word that is too long for a name hides no other", () => {
  expect(readPrompt(`${"O".repeat(300)}.txt notes.txt`).files).toEqual(["notes.txt"]);
});
