import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { ProviderEvent } from "../contracts/provider.ts";
import { collect } from "./collect.ts";
import { fakeClock } from "./fake-clock.ts";
import { testCompileSchema } from "./schema.ts";
import { scriptedProvider, textReply, toolCallReply } from "./scripted-provider.ts";
import { testSatisfies } from "./semver.ts";

describe("fakeClock", () => {
  it("runs timers in order of time, then of setting, each at its own time, those set on the way included", async () => {
    const clock = fakeClock(0);
    const seen: string[] = [];
    clock.after(20, () => seen.push(`b${clock.now()}`));
    clock.after(10, () => {
      seen.push(`a${clock.now()}`);
      clock.after(5, () => seen.push(`nested${clock.now()}`));
    });
    clock.after(20, () => seen.push(`c${clock.now()}`));
    const cancel = clock.after(15, () => seen.push("never"));
    clock.after(31, () => seen.push("later"));
    void clock.sleep(20).then(() => seen.push("slept"));
    cancel();
    await clock.advance(30);
    expect(seen).toEqual(["a10", "nested15", "b20", "c20", "slept"]);
    expect([clock.now(), clock.pending()]).toEqual([30, 1]);
  });

  it("ends a sleep with the signal's reason", async () => {
    const clock = fakeClock();
    const controller = new AbortController();
    const sleeping = clock.sleep(10, controller.signal);
    controller.abort(new Error("enough"));
    await expect(sleeping).rejects.toThrow("enough");
    await expect(clock.sleep(10, controller.signal)).rejects.toThrow("enough");
    expect(clock.pending()).toBe(0);
  });
});

describe("testSatisfies", () => {
  it.each([
    ["1.2.3", "*", true],
    ["1.2.3", "1.2.3", true],
    ["1.2.4", "1.2.3", false],
    ["1.9.0", "^1.2.0", true],
    ["1.1.9", "^1.2.0", false],
    ["2.0.0", "^1.2.0", false],
    ["0.2.9", "^0.2.1", true],
    ["0.3.0", "^0.2.1", false],
    ["0.0.4", "^0.0.3", false],
    ["1.2.9", "~1.2.3", true],
    ["1.3.0", "~1.2.3", false],
    ["10.0.0", ">=9.1.0", true],
    ["9.0.9", ">=9.1", false],
  ])("%s in %s: %s", (version, range, expected) => expect(testSatisfies(version, range)).toBe(expected));

  it("refuses a range it does not know", () => {
    expect(() => testSatisfies("1.0.0", ">=1 <2")).toThrow("does not know");
  });
});

describe("testCompileSchema", () => {
  it("lets Standard Schemas speak for themselves", async () => {
    const compiled = testCompileSchema(z.object({ a: z.array(z.number()), b: z.string().default("x") }));
    expect(compiled.json).toMatchObject({ type: "object", required: ["a"] });
    expect(await compiled.validate({ a: [1] })).toEqual({ ok: true, value: { a: [1], b: "x" } });
    expect(await compiled.validate({ a: [1, "2"] })).toMatchObject({ ok: false, issues: [{ path: "a.1" }] });
  });

  it("checks plain JSON Schema, all problems at once, and fills in defaults", () => {
    const { validate } = testCompileSchema({
      type: "object",
      properties: {
        n: { type: "integer", minimum: 1, maximum: 3, default: 2 },
        list: { type: "array", items: { enum: ["a", "b"] } },
        deep: {
          type: "object",
          properties: { on: { const: true }, s: { type: ["string", "null"], minLength: 1 } },
        },
      },
      required: ["list"],
      additionalProperties: false,
    });
    expect(validate({ list: ["a"], deep: { s: null } })).toEqual({
      ok: true,
      value: { n: 2, list: ["a"], deep: { s: null } },
    });
    expect(validate([])).toEqual({ ok: false, issues: [{ path: "", message: "must be object" }] });
    expect(validate({ n: 4, deep: { on: false, s: "" }, list: ["a", "c"], x: 1 })).toEqual({
      ok: false,
      issues: [
        { path: "x", message: "is not known" },
        { path: "n", message: "must be at most 3" },
        { path: "list.1", message: "must be one of a, b" },
        { path: "deep.on", message: "must be true" },
        { path: "deep.s", message: "must have at least 1 characters" },
      ],
    });
    expect(validate({ n: 0.5 })).toMatchObject({
      issues: [
        { path: "list", message: "is missing" },
        { path: "n", message: "must be integer" },
      ],
    });
  });
});

describe("scriptedProvider", () => {
  const request = { model: "m", messages: [], tools: [], effort: "low", conversationId: "c" } as const;
  const log = { debug() {}, info() {}, warn() {}, error() {} };

  it("plays its replies in order, on the clock, and keeps the requests", async () => {
    const clock = fakeClock(0);
    const provider = scriptedProvider(
      [
        [
          { type: "text", text: "a" },
          { wait: 50 },
          [
            { type: "text", text: "b" },
            { type: "finish", reason: "stop" },
          ],
        ],
        () => toolCallReply("ls", { path: "." }),
      ],
      { clock },
    );
    const seen: string[] = [];
    const read = async () => {
      const { signal } = new AbortController();
      for await (const batch of provider.stream(request, { signal, log })) {
        for (const event of [batch].flat() as ProviderEvent[]) seen.push(`${clock.now()} ${event.type}`);
      }
    };
    const first = read();
    await clock.settle();
    expect(provider.active()).toBe(1);
    await clock.advance(50);
    await first;
    await read();
    expect(seen).toEqual(["0 text", "50 text", "50 finish", "50 tool-call", "50 finish"]);
    expect(provider.requests).toEqual([request, request]);
    expect(provider.active()).toBe(0);
    await expect(read()).rejects.toThrow("scriptedProvider has 2 replies, this is request 3");
  });

  it("is silent until aborted, and fails as told", async () => {
    const boom = new Error("boom");
    const provider = scriptedProvider([[{ silence: true }], [...textReply("x").slice(0, 1), { fail: boom }]]);
    const harness = { provider, model: "m", prompt: () => "", clock: fakeClock(), close() {} };
    const controller = new AbortController();
    const silent = collect(harness, "", { signal: controller.signal });
    controller.abort(new Error("stop"));
    expect(await silent).toMatchObject({ end: "thrown", thrown: { message: "stop" }, text: "" });
    expect(await collect(harness, "")).toMatchObject({ end: "thrown", thrown: boom, text: "x" });
  });
});
