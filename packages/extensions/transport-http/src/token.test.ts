import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readToken } from "./token.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "transport-http-token-"));
});
afterAll(() => rm(folder, { recursive: true }));

const write = async (text: string): Promise<string> => {
  const file = join(folder, "token");
  await writeFile(file, text);
  return file;
};

test("the token is what the file holds, without the space around it", async () => {
  expect(await readToken(await write("  abcdefghijklmnop0123\n"))).toBe("abcdefghijklmnop0123");
});

test.each(["", "short", "has a space in the middle", "a\r\nX-Injected: header-value"])(
  "%j is no token",
  async (text) => {
    await expect(readToken(await write(text))).rejects.toThrow("does not hold a token");
  },
);

test("a missing file is named", async () => {
  await expect(readToken(join(folder, "none"))).rejects.toThrow("none cannot be read");
});
