import { describe, expect, it } from "vitest";
import * as z from "zod";
import { createCompileSchema } from "./compile-schema.ts";

const compile = createCompileSchema();

describe("plain JSON Schema", () => {
  const schema = {
    type: "object",
    additionalProperties: false,
    required: ["name"],
    properties: {
      name: { type: "string", minLength: 2 },
      mode: { enum: ["a", "b"], default: "a" },
      deep: { type: "object", additionalProperties: false, properties: { "x/y": { type: "integer" } } },
    },
  };

  it("fills defaults into a copy", async () => {
    const given = { name: "ab" };
    expect(await compile(schema).validate(given)).toEqual({ ok: true, value: { name: "ab", mode: "a" } });
    expect(given).toEqual({ name: "ab" });
    expect(compile(schema).json).toBe(schema);
  });

  it("gives all issues with their paths", async () => {
    const result = await compile(schema).validate({ mode: "c", extra: 1, deep: { "x/y": "no", z: 1 } });
    expect(result.ok === false && [...result.issues].sort((a, b) => a.path.localeCompare(b.path))).toEqual([
      { path: "deep.x/y", message: "must be integer" },
      { path: "deep.z", message: "unknown key" },
      { path: "extra", message: "unknown key" },
      { path: "mode", message: "must be equal to one of the allowed values: a, b" },
      { path: "name", message: "is missing" },
    ]);
  });

  it("takes two schemas of one id, and the same schema again", () => {
    const first = { $id: "https://x/one", type: "string" };
    compile(first);
    compile(first);
    expect(() => compile({ $id: "https://x/one", type: "number" })).not.toThrow();
  });

  it("throws for a schema that cannot be read", () => {
    expect(() => compile({ type: "strange" })).toThrow(/type/);
  });
});

describe("Standard Schema", () => {
  it("zod: JSON form with descriptions, value after defaults, issues with paths", async () => {
    const schema = compile(
      z.strictObject({ a: z.string().describe("the a"), n: z.array(z.int()).default([1]) }),
    );
    expect(schema.json).toMatchObject({
      type: "object",
      required: ["a"],
      properties: { a: { type: "string", description: "the a" } },
    });
    expect(await schema.validate({ a: "x" })).toEqual({ ok: true, value: { a: "x", n: [1] } });
    const wrong = await schema.validate({ a: "x", n: [1, "2"] });
    expect(wrong).toMatchObject({ ok: false, issues: [{ path: "n.1" }] });
  });

  it("refuses one that cannot tell its JSON form", () => {
    const silent = { "~standard": { version: 1, vendor: "other", validate: () => ({ value: 1 }) } } as const;
    expect(() => compile(silent)).toThrow("A schema of other cannot be told as JSON Schema");
  });
});
