import { PassThrough } from "node:stream";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createTypeAhead } from "./type-ahead.ts";

const tick = () => new Promise((resolve) => setImmediate(resolve));

it("gives the lines and the beginning of one, once, without the keys that are no text", async () => {
  const stdin = new PassThrough();
  const ahead = createTypeAhead(stdin);
  ahead.listen();
  stdin.write("one\r\ntw\u001b[1;5D\u001b[Ao\u0007\rth\tree\nfo");
  await tick();
  expect(ahead.take()).toEqual({ lines: ["one", "two", "th ree"], rest: "fo" });
  expect(ahead.take()).toEqual({ lines: [], rest: "" });
});

it("leaves to others what is typed while it is released, and goes on afterwards", async () => {
  const stdin = new PassThrough();
  const ahead = createTypeAhead(stdin);
  ahead.listen();
  stdin.write("mine\n");
  await tick();
  ahead.release();
  stdin.write("theirs\n");
  await tick();
  expect(String(stdin.read())).toBe("theirs\n");
  ahead.listen();
  stdin.write("mine again\n");
  await tick();
  expect(ahead.take()).toEqual({ lines: ["mine", "mine again"], rest: "" });
});

it("however the bytes come, no character of a line is lost", async () => {
  const word = fc.stringMatching(/^[a-zäß😀 ]{0,8}$/u);
  await fc.assert(
    fc.asyncProperty(fc.array(word), word, fc.integer({ min: 1, max: 5 }), async (lines, rest, size) => {
      const stdin = new PassThrough();
      const ahead = createTypeAhead(stdin);
      ahead.listen();
      const bytes = Buffer.from([...lines, rest].join("\n"));
      for (let at = 0; at < bytes.length; at += size) stdin.write(bytes.subarray(at, at + size));
      await tick();
      expect(ahead.take()).toEqual({ lines, rest });
    }),
    { numRuns: 50 },
  );
});
