import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { childFolder } from "./child-folder.ts";
import { childIdOf } from "./child-id.ts";

let base: string;
let root: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "spawn-"));
  root = join(base, "root");
  await mkdir(join(root, "in", "deep"), { recursive: true });
  await mkdir(join(base, "root-beside"));
  await writeFile(join(root, "file"), "");
  await symlink(base, join(root, "out"));
  await symlink(join(root, "in"), join(root, "link"));
});
afterAll(() => rm(base, { recursive: true }));

test.each([
  [undefined, ""],
  [".", ""],
  ["in/deep", "in/deep"],
  ["link", "in"],
  ["in/..", ""],
  ["..", undefined],
  ["../root-beside", undefined],
  ["out", undefined],
  ["/", undefined],
  ["file", undefined],
  ["absent", undefined],
])("%s inside the parent's folder is %s", async (wanted, found) => {
  expect(await childFolder(root, wanted)).toBe(found === undefined ? undefined : join(root, found));
});

test("a call has one child, whoever asks and how often", () => {
  const id = childIdOf("p", "t", "c1_0_1_0");
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(childIdOf("p", "t", "c1_0_1_0")).toBe(id);
  expect(new Set([id, childIdOf("p", "t", "c1_0_1_1"), childIdOf("p", "u", "c1_0_1_0")]).size).toBe(3);
});
