import { open, rename, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findBounds } from "./bounds.ts";
import type { Bounds } from "./containment.ts";
import { type Locate, locateByHandle, locateByIdentity } from "./locate.ts";
import { openFile, openFolder } from "./open-contained.ts";
import { readFolder } from "./read-folder.ts";
import { createTestFolder, type TestFolder } from "./testing/test-folder.ts";

let folder: TestFolder;
let bounds: Bounds;
beforeAll(async () => {
  folder = await createTestFolder();
  await folder.write({ "work/a/file": "PUBLIC", "work/moved/file": "PUBLIC", "outside/file": "SECRET" });
  await symlink("../outside", join(folder.cwd, "link"));
  bounds = await findBounds(folder.cwd, []);
});
afterAll(() => folder.remove());

const ways: readonly (readonly [string, Locate])[] = [
  ["by handle", locateByHandle],
  ["by identity", locateByIdentity],
];

describe.each(ways)("what was opened is verified %s", (_name, locate) => {
  it("takes a file and a folder inside", async () => {
    const file = await openFile(join(folder.cwd, "a/file"), bounds, locate);
    expect({ shown: file.shown, size: file.size }).toEqual({ shown: "a/file", size: 6 });
    await file.handle.close();
    expect((await readFolder(join(folder.cwd, "a"), bounds, locate)).entries).toEqual([
      { name: "file", kind: "file" },
    ]);
  });

  it("refuses what a path through a link has opened", async () => {
    // As if "link" had been a folder when the path was checked.
    await expect(openFile(join(folder.cwd, "link/file"), bounds, locate)).rejects.toThrow("leads outside");
    await expect(openFolder(join(folder.path, "outside"), bounds, locate)).rejects.toThrow("leads outside");
  });

  it("does not follow a link in the last place", async () => {
    await expect(openFile(join(folder.cwd, "link"), bounds, locate)).rejects.toThrow("is a symbolic link");
    await expect(openFolder(join(folder.cwd, "link"), bounds, locate)).rejects.toThrow(
      /is a file, not a folder|circle/,
    );
  });
});

it("identity: something else in the place of what was opened is noticed", async () => {
  const path = join(folder.cwd, "moved/file");
  const handle = await open(path);
  await rename(path, `${path}.old`);
  await folder.write({ "work/moved/file": "OTHER" });
  expect(await locateByIdentity(handle.fd, path, await handle.stat({ bigint: true }))).toBeUndefined();
  expect(await locateByHandle(handle.fd, path, await handle.stat({ bigint: true }))).toBe(`${path}.old`);
  await handle.close();
});
