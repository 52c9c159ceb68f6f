import { expect, test } from "vitest";
import { sentences } from "./sentences.ts";

test("texts stand one behind the other as sentences", () => {
  expect(sentences("Rate limit reached", "Nothing: it is tried again.")).toBe(
    "Rate limit reached. Nothing: it is tried again.",
  );
  expect(sentences(" What now? ", undefined, "", 'Say "so."')).toBe('What now? Say "so."');
  expect([sentences(undefined), sentences("overloaded")]).toEqual(["", "overloaded"]);
});
