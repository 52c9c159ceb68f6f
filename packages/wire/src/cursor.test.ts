import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeCursor, encodeCursor } from "./cursor.ts";

const part = fc.stringMatching(/^[A-Za-z0-9._-]{1,40}$/);
const cursor = fc.record({
  epoch: part,
  seq: fc.nat({ max: 2 ** 40 }),
  check: part,
  blocks: fc
    .array(fc.tuple(part, fc.nat()), { maxLength: 8 })
    .map((entries): ReadonlyMap<string, number> => new Map(entries)),
});

it("comes back as it went out, and needs no escaping in a URL or a header", async () => {
  await fc.assert(
    fc.property(cursor, (place) => {
      const text = encodeCursor(place);
      expect(decodeCursor(text)).toEqual(place);
      expect(decodeURIComponent(text)).toBe(text);
      expect(new URL(`http://x/?after=${text}`).searchParams.get("after")).toBe(text);
    }),
  );
});

it("never throws, and gives undefined for what it did not make", async () => {
  await fc.assert(
    fc.property(fc.string(), (text) => {
      const place = decodeCursor(text);
      if (place) expect(encodeCursor(place)).toBe(text.replaceAll(/(?<=~|:)0+(?=[0-9a-z])/g, ""));
    }),
  );
  for (const bad of [
    "",
    "0",
    "e",
    "e~1",
    "e~-1~c",
    "e~1~c~",
    "e~1~c~:5",
    "e~1~c~b:",
    "e~1~c~b:1~b:2",
    "e~1~c~b:1e9x!",
    "a b~1~c",
    `e~1~c${"~b:1".repeat(65)}`,
  ]) {
    expect(decodeCursor(bad), bad).toBeUndefined();
  }
});
