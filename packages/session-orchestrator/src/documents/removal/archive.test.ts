import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeArchive } from "./archive.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "archive-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function* document(name: string): AsyncGenerator<string> {
  for (let line = 0; line < 20; line++) {
    yield `${name}\n`;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

it("writes two documents of one id and one moment into two whole files", async () => {
  const names = await Promise.all(
    ["a", "b", "c"].map((each) => writeArchive(folder, "x", 0, document(each))),
  );
  expect(new Set(names).size).toBe(3);
  expect((await readdir(folder)).sort()).toEqual([...names].sort());
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  expect(texts).toEqual(["a", "b", "c"].map((each) => `${each}\n`.repeat(20)));
});

it("does not write over an archive that is there", async () => {
  const first = await writeArchive(folder, "x", 0, document("a"));
  const second = await writeArchive(folder, "x", 0, document("b"));
  expect([first, second]).toEqual(["x-1970-01-01T000000000Z.jsonl", "x-1970-01-01T000000000Z-2.jsonl"]);
  expect(await readFile(join(folder, first), "utf8")).toBe("a\n".repeat(20));
});

it("leaves nothing of a document that breaks off", async () => {
  async function* broken(): AsyncGenerator<string> {
    yield "a\n";
    throw new Error("the store is gone");
  }
  await expect(writeArchive(folder, "x", 0, broken())).rejects.toThrow("the store is gone");
  expect(await readdir(folder)).toEqual([]);
});
