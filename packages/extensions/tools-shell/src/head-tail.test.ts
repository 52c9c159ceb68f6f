import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createHeadTail } from "./head-tail.ts";

const keep = (limit: number, pieces: readonly string[]) => {
  const buffer = createHeadTail(limit);
  for (const piece of pieces) buffer.push(piece);
  return buffer.finish();
};

describe("createHeadTail", () => {
  it("keeps both ends", () => {
    expect(keep(6, ["abc", "defg", "hij"])).toEqual({ head: "abc", tail: "hij", omitted: 4 });
  });

  it("keeps all of what fits exactly", () => {
    expect(keep(5, ["ab", "cde"])).toEqual({ head: "abcde", tail: "", omitted: 0 });
  });

  it("leaves out characters that the cuts would split", () => {
    expect(keep(8, ["€€€€"])).toEqual({ head: "€", tail: "€", omitted: 6 });
  });

  it("holds for every sequence of pieces", () => {
    const piece = fc.string({ unit: "binary", maxLength: 40 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), fc.array(piece, { maxLength: 20 }), (limit, pieces) => {
        const all = pieces.join("");
        const { head, tail, omitted } = keep(limit, pieces);
        expect(all.startsWith(head)).toBe(true);
        expect(all.endsWith(tail)).toBe(true);
        const bytes = Buffer.byteLength(all);
        expect(Buffer.byteLength(head) + Buffer.byteLength(tail) + omitted).toBe(bytes);
        if (bytes <= limit) expect({ head, omitted }).toEqual({ head: all, omitted: 0 });
        else {
          expect(bytes - omitted).toBeLessThanOrEqual(limit);
          expect(bytes - omitted).toBeGreaterThan(limit - 8); // at most three bytes of a character at each cut
        }
      }),
      { numRuns: 500 },
    );
  });
});
