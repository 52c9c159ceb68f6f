import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { looksBinary } from "./binary.ts";
import { type LineRange, readLines, wholeCharacters } from "./read-lines.ts";

const never = new AbortController().signal;

/** Reads `text` in pieces of at most `step` bytes. */
async function read(text: string, range: Partial<LineRange>, { step = 65_536, countOn = true } = {}) {
  const bytes = Buffer.from(text);
  let position = 0;
  let reads = 0;
  const chunk = async (buffer: Uint8Array) => {
    reads += 1;
    const part = bytes.subarray(position, position + step);
    buffer.set(part);
    position += part.length;
    return part.length;
  };
  const result = await readLines(
    chunk,
    { first: 1, maxLines: 1_000, maxBytes: 1_000, ...range },
    countOn,
    never,
  );
  return { ...result, text: Buffer.from(result.bytes).toString(), reads };
}

describe("readLines", () => {
  it.each([
    ["", {}, { text: "", lines: 0, total: 0, more: false }],
    ["a", {}, { text: "a", lines: 1, total: 1, more: false }],
    ["a\nb\n", {}, { text: "a\nb\n", lines: 2, total: 2, more: false }],
    ["a\r\n\nb", { first: 2 }, { text: "\nb", lines: 2, total: 3, more: false }],
    ["a\nb\nc\n", { maxLines: 2 }, { text: "a\nb\n", lines: 2, total: 3, more: true }],
    ["a\nb\nc\n", { first: 4 }, { text: "", lines: 0, total: 3, more: false }],
    ["aa\nbb\ncc\n", { maxBytes: 7 }, { text: "aa\nbb\n", lines: 2, total: 3, more: true }],
    ["€€€\nb", { maxBytes: 7 }, { text: "€€", lines: 1, lineCut: true, total: 2, more: true }],
  ])("%j %j", async (text, range, expected) => expect(await read(text, range)).toMatchObject(expected));

  it("stops reading when nobody wants the number of lines", async () => {
    const text = "line\n".repeat(10_000);
    const { total, more, reads } = await read(text, { maxLines: 10 }, { step: 100, countOn: false });
    expect({ total, more }).toEqual({ total: undefined, more: true });
    expect(reads).toBeLessThan(5);
  });

  it("gives the same as splitting the whole text", async () => {
    const text = fc
      .array(fc.constantFrom("a", "\n", "€", "\r\n", "word"), { maxLength: 40 })
      .map((parts) => parts.join(""));
    const numbers = fc.record({
      first: fc.integer({ min: 1, max: 12 }),
      maxLines: fc.integer({ min: 1, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(text, numbers, fc.integer({ min: 1, max: 9 }), async (whole, range, step) => {
        const lines = whole.match(/[^\n]*\n|[^\n]+$/g) ?? [];
        const wanted = lines.slice(range.first - 1, range.first - 1 + range.maxLines);
        const result = await read(whole, range, { step });
        expect(result).toMatchObject({
          text: wanted.join(""),
          lines: wanted.length,
          total: lines.length,
          lineCut: false,
        });
        expect(result.more).toBe(lines.length > range.first - 1 + range.maxLines);
      }),
      { numRuns: 300 },
    );
  });

  it("stops when aborted", async () => {
    const endless = async (buffer: Uint8Array) => {
      await new Promise((resolve) => setImmediate(resolve)); // as a real read: others get their turn
      return buffer.length;
    };
    const range = { first: 9, maxLines: 1, maxBytes: 1 };
    await expect(readLines(endless, range, true, AbortSignal.timeout(20))).rejects.toMatchObject({
      name: "TimeoutError",
    });
  });
});

describe("looksBinary", () => {
  const latin1 = Buffer.from(`${"Plain text with a caf\u00e9. ".repeat(20)}`, "latin1");
  it.each([
    ["text", Buffer.from("héllo €"), false],
    ["nothing", Buffer.alloc(0), false],
    ["a NUL", Buffer.from("a\0b"), true],
    ["a text in an older encoding", latin1, false],
    ["compressed data", Buffer.from([0x1f, 0x8b, 0x08, 0xff, 0xfe, 0x80, 0x91, 0xc3]), true],
    ["a character cut off at the end", Buffer.from("a€").subarray(0, 3), false],
  ])("%s", (_name, bytes, binary) => expect(looksBinary(bytes)).toBe(binary));
});

it("wholeCharacters finds the last whole one", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.nat(60), (text, cut) => {
      const bytes = Buffer.from(text).subarray(0, cut);
      const kept = bytes.toString("utf8", 0, wholeCharacters(bytes));
      expect(Buffer.from(text).toString().startsWith(kept)).toBe(true);
      expect(bytes.length - Buffer.byteLength(kept)).toBeLessThan(4);
    }),
  );
});
