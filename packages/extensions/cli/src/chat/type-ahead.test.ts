import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { createTypeAhead } from "./type-ahead.ts";

const tick = () => new Promise((resolve) => setImmediate(resolve));

test("lines and the beginning of one are handed over, without what keys send that is no text", async () => {
  const stdin = new PassThrough();
  const ahead = createTypeAhead(stdin);
  ahead.listen();
  stdin.write("one\u001b[A\r\nt\two\nhal");
  await tick();
  expect(ahead.take()).toEqual({ lines: ["one", "t wo"], rest: "hal" });
  expect(ahead.take()).toEqual({ lines: [], rest: "" });
});

test("no more is held than a bound; what is behind it is read after that", async () => {
  const stdin = new PassThrough();
  const ahead = createTypeAhead(stdin);
  ahead.listen();
  stdin.write("x".repeat(1_000_000));
  await tick();
  stdin.write("behind\n");
  await tick();
  ahead.listen();
  await tick();
  expect(ahead.take().rest).toHaveLength(1_000_000);
  ahead.listen();
  await tick();
  expect(ahead.take()).toEqual({ lines: ["behind"], rest: "" });
});
