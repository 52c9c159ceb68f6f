import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseArguments } from "./arguments.ts";

const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

describe("parseArguments", () => {
  it.each(["", "  \n"])("takes empty text as no arguments", (text) => {
    expect(parseArguments(text)).toEqual({ input: {}, canonical: "{}" });
  });

  it.each([
    ["cut off", '{"path":"a', /not valid JSON \(.+\).*They were: \{"path":"a$/],
    ["an array", "[1]", /must be a JSON object, not an array/],
    ["a string", '"x"', /not a string/],
    ["null", "null", /not null/],
    ["too deep", deep(201), /deeper than 200/],
    ["far too deep", deep(100_000), /deeper than 200/],
  ])("refuses what is %s, with a sentence and no raw text in the input", (_, text, problem) => {
    const parsed = parseArguments(text);
    expect(parsed.input).toEqual({});
    expect(parsed.problem).toMatch(problem);
    expect(parsed.problem?.length).toBeLessThan(600);
  });

  it("quotes at most 200 characters", () => {
    expect(parseArguments("x".repeat(10_000)).problem).toMatch(/They were: x{199}…$/);
  });

  it("gives equal arguments the same canonical text, and others another (property)", () => {
    const json = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(json, json, (a, b) => {
        const normal = (value: object) => JSON.parse(JSON.stringify(value));
        const turned = Object.fromEntries(Object.entries(normal(a)).reverse());
        const canonical = parseArguments(JSON.stringify(a)).canonical;
        expect(parseArguments(JSON.stringify(turned)).canonical).toBe(canonical);
        expect(JSON.parse(canonical)).toEqual(normal(a));
        const same = parseArguments(JSON.stringify(b)).canonical === canonical;
        expect(same).toBe(JSON.stringify(sorted(normal(a))) === JSON.stringify(sorted(normal(b))));
      }),
    );
  });

  it("freezes what goes to the log", () => {
    const input = parseArguments('{"a":{"b":[{}]}}').input as { a: { b: [object] } };
    expect([input, input.a, input.a.b, input.a.b[0]].every(Object.isFrozen)).toBe(true);
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => [key, sorted(item)]);
}
