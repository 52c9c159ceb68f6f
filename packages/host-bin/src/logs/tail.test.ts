import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type TestFolder, testFolder } from "../testing/folder.ts";
import { formatLine } from "./format-line.ts";
import { createTail, lastLines } from "./tail.ts";

let folder: TestFolder;
let path: string;
beforeEach(() => {
  folder = testFolder();
  path = `${folder.path}/dispatch.log`;
});
afterEach(() => folder.remove());

it("gives whole lines as they come, over a turn of the file, and characters cut in two", () => {
  writeFileSync(path, "old\n");
  const tail = createTail(path);
  expect(tail.read()).toEqual([]);
  const smile = Buffer.from("smile 😀\n");
  appendFileSync(path, smile.subarray(0, 8));
  expect(tail.read()).toEqual([]);
  appendFileSync(path, smile.subarray(8));
  expect(tail.read()).toEqual(["smile 😀"]);
  appendFileSync(path, "last of the old file\n");
  renameSync(path, `${path}.1`);
  writeFileSync(path, "first of the new\nsecond");
  expect(tail.read()).toEqual(["last of the old file", "first of the new"]);
  appendFileSync(path, "\n");
  expect(tail.read()).toEqual(["second"]);
  tail.close();
});

it("begins with a file that is not there yet", () => {
  const tail = createTail(path);
  expect(tail.read()).toEqual([]);
  writeFileSync(path, "one\n");
  expect(tail.read()).toEqual(["one"]);
  tail.close();
});

it("the end of the log begins in the files before the turn", () => {
  for (const [name, text] of [
    [".2", "a\n"],
    [".1", "b\nc\n"],
    ["", "d\n"],
  ])
    writeFileSync(path + name, text ?? "");
  expect(lastLines(path)).toEqual(["a", "b", "c", "d"]);
});

it("a line is shown by its level, with fields and stack; what is none stands as it is", () => {
  const line = JSON.stringify({
    time: "2026-01-02T03:04:05.678Z",
    level: "warn",
    extension: "x",
    message: "said",
    fields: { n: 1, stack: "Error: said\n    at f (a.ts:1:1)" },
  });
  expect(formatLine(line, "info")).toBe("2026-01-02 03:04:05 warn  x: said n=1\n    at f (a.ts:1:1)");
  expect(formatLine(line, "error")).toBeUndefined();
  expect(formatLine("Segmentation fault", "error")).toBe("Segmentation fault");
  const orders = JSON.stringify({
    level: "warn",
    message: "a\u001b]0;b\u0007",
    fields: { stack: "x\n\u009b2J" },
  });
  expect(formatLine(orders, "info")).toMatch(/a\]0;b\n2J$/);
  expect(formatLine("\u001b[2Jcrash", "info")).toBe("[2Jcrash");
});
