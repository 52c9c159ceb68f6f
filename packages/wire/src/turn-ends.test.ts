import { expect, test } from "vitest";
import { doneReason } from "./records.ts";
import { didWords, endWords, whyEnded } from "./turn-ends.ts";

test("every reason has words of its own, short and as a sentence", () => {
  const { options } = doneReason;
  expect(Object.keys(endWords).sort()).toEqual([...options].sort());
  expect(new Set(options.map((reason) => endWords[reason].short)).size).toBe(options.length);
  for (const reason of options) expect(whyEnded({ reason })).toMatch(/^The turn .+[a-z]\.$/);
});

test("an end says why in its own words where it has some, and names the error's code where it has none", () => {
  expect(whyEnded({ reason: "error", code: "auth", detail: "The key is not valid." })).toBe(
    "The key is not valid.",
  );
  expect(whyEnded({ reason: "error", code: "auth", detail: " " })).toBe("The turn failed (auth).");
  expect(whyEnded({ reason: "timeout", code: "auth" })).toBe(
    "The turn was ended: it took longer than it may.",
  );
  expect(didWords({ reason: "something-new" as "error" })).toBe("ended: something-new");
});
