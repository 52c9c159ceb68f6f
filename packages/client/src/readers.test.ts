import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readNdjson } from "./ndjson.ts";
import { readSse } from "./sse.ts";

/** The bytes of a text, cut at these places (as fractions of the whole). */
function bodyOf(text: string, cuts: readonly number[]): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  const places = [...new Set([0, ...cuts.map((cut) => Math.floor(cut * bytes.length)), bytes.length])];
  const ordered = places.sort((a, b) => a - b);
  return new ReadableStream({
    start(controller) {
      for (const [index, from] of ordered.entries())
        controller.enqueue(bytes.slice(from, ordered[index + 1]));
      controller.close();
    },
  });
}

const cutting = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 });
const text = fc.string({ unit: "binary", maxLength: 20 });

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe("readNdjson", () => {
  it("gives the same values however the bytes are cut", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.record({ a: text, n: fc.integer() })), cutting, async (values, cuts) => {
        const body = values.map((value) => `${JSON.stringify(value)}\n`).join("");
        expect(await collect(readNdjson(bodyOf(body, cuts)))).toEqual(values);
      }),
    ));

  it("drops half a line at the end and skips empty ones", async () => {
    expect(await collect(readNdjson(bodyOf('{"a":1}\r\n\n{"a":2}\n{"a":', [0.5])))).toEqual([
      { a: 1 },
      { a: 2 },
    ]);
  });

  it("rejects at a line that is not JSON", async () => {
    await expect(collect(readNdjson(bodyOf("{}\nnot json\n", [])))).rejects.toMatchObject({
      code: "bad-answer",
    });
  });

  it("cancels the body when the reader leaves early", async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode("1\n2\n")),
      cancel() {
        cancelled = true;
      },
    });
    for await (const value of readNdjson(body)) {
      expect(value).toBe(1);
      break;
    }
    expect(cancelled).toBe(true);
    expect(body.locked).toBe(false);
  });
});

describe("readSse", () => {
  const oneLine = text.map((value) => value.replace(/[\r\n\0]/g, "").trim());
  const event = fc.record({
    type: oneLine.map((value) => value || "message"),
    id: oneLine,
    data: fc.array(oneLine, { minLength: 1, maxLength: 3 }),
  });

  it("gives the same events however the bytes are cut and whatever ends the lines", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(event),
        cutting,
        fc.constantFrom("\n", "\r\n", "\r"),
        async (events, cuts, end) => {
          const lines = events.flatMap(({ type, id, data }) => [
            ": a comment",
            `id: ${id}`,
            `event: ${type}`,
            ...data.map((line) => `data: ${line}`),
            "",
          ]);
          const body = lines.map((line) => line + end).join("");
          const expected = events.map(({ data, ...rest }) => ({ ...rest, data: data.join("\n") }));
          expect(await collect(readSse(bodyOf(body, cuts)))).toEqual(expected);
        },
      ),
    ));

  it("keeps the last id, ignores ids with NUL, unknown fields, and an event that was cut", async () => {
    const body = "id: 7\ndata: a\n\nid: b\0ad\nretry: 5\nwhat: ever\ndata\n\nevent: only-a-type\n\ndata: cut";
    expect(await collect(readSse(bodyOf(body, [0.3])))).toEqual([
      { type: "message", data: "a", id: "7" },
      { type: "message", data: "", id: "7" },
    ]);
  });
});
