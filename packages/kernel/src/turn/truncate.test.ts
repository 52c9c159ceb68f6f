import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { truncateOutput } from "./truncate.ts";
import { utf8Length } from "./utf8.ts";

const limit = (toolResultBytes: number, toolResultLines = 1_000) => ({ toolResultBytes, toolResultLines });
const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => `${from + n}\n`).join("");
const marker = /\[… (?:(\d+) lines? \()?(\d+) bytes\)? left out …\]\n/;

describe("truncateOutput", () => {
  it.each([
    ["empty", "", limit(0, 0)],
    ["bytes just fit", "äöü", limit(6)],
    ["lines just fit", lines(1, 4), limit(1_000, 4)],
    ["last line without break", "1\n2\n3", limit(1_000, 3)],
  ])("gives back what fits: %s", (_, output, limits) => {
    expect(truncateOutput(output, limits)).toEqual({ output, truncated: false });
  });

  it.each([
    ["lines", lines(1, 10), limit(1_000, 4), `1\n2\n[… 6 lines (12 bytes) left out …]\n9\n10\n`],
    ["an odd number of lines", lines(1, 9), limit(1_000, 3), `1\n2\n[… 6 lines (12 bytes) left out …]\n9\n`],
    ["no break at the end", "1\n2\n3", limit(1_000, 2), "1\n[… 1 line (2 bytes) left out …]\n3"],
    ["one long line", "abcdefghij", limit(4), "ab\n[… 6 bytes left out …]\nij"],
    ["characters of two bytes", "äöüäöü", limit(5), "ä\n[… 8 bytes left out …]\nü"],
    ["pairs", "😀😁😂🤣", limit(9), "😀\n[… 8 bytes left out …]\n🤣"],
    ["nothing kept", "abc", limit(0), "[… 3 bytes left out …]\n"],
    ["one line kept", lines(1, 3), limit(1_000, 1), "1\n[… 2 lines (4 bytes) left out …]\n"],
  ])("shortens %s", (_, output, limits, expected) => {
    expect(truncateOutput(output, limits)).toEqual({ output: expected, truncated: true });
  });

  it("keeps head and tail within the limits, loses nothing uncounted and no half character (property)", () => {
    const unit = fc.constantFrom("a", "\n", "é", "€", "😀", "\ud83d");
    const output = fc.array(unit, { maxLength: 60 }).map((units) => units.join(""));
    fc.assert(
      fc.property(output, fc.nat(40), fc.nat(12), (given, bytes, count) => {
        const cut = truncateOutput(given, limit(bytes, count));
        const found = marker.exec(cut.output);
        expect(found === null).toBe(!cut.truncated);
        if (!found) {
          expect(cut.output).toBe(given);
          return;
        }
        const rest = cut.output.slice(found.index + found[0].length);
        const shown = cut.output.slice(0, found.index);
        // A break before the marker may be its own.
        const kept = [shown, shown.slice(0, -1)].find((head) => {
          const left = given.slice(head.length, given.length - rest.length);
          return given === head + left + rest && Buffer.byteLength(left) === Number(found[2]);
        });
        if (kept === undefined) expect.unreachable(cut.output);
        expect(utf8Length(kept) + utf8Length(rest)).toBeLessThanOrEqual(bytes);
        expect(`${kept}${rest}`.split("\n").length - 1).toBeLessThanOrEqual(count);
        const left = given.slice(kept.length, given.length - rest.length);
        expect(Number(found[1] ?? 0)).toBe(left.split("\n").length - 1);
        expect(/^[\udc00-\udfff]/.test(rest)).toBe(false);
      }),
    );
  });

  it("measures as UTF-8 encodes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(utf8Length(text)).toBe(Buffer.byteLength(text));
      }),
    );
  });
});
