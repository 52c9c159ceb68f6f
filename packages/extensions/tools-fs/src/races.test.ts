import { readdir, readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEditFile } from "./edit-file.ts";
import { createReadFile } from "./read-file.ts";
import { startSwapping } from "./testing/swapper.ts";
import { createTestFolder, type TestFolder, testContext, testSettings } from "./testing/test-folder.ts";
import { testWriter } from "./testing/test-writer.ts";
import { createWriteFile } from "./write-file.ts";

let folder: TestFolder;
beforeAll(async () => {
  folder = await createTestFolder();
});
afterAll(() => folder.remove());

/** Of all cases together; a long run sets it higher. */
const swaps = Math.ceil(Number(process.env.DISPATCH_TEST_SWAPS ?? 27_000) / 9);
const kinds = ["link", "folder", "file"] as const;

describe("U1: races with swapped links", () => {
  it.each(kinds)(
    "reading by a swapped %s never gives content from outside",
    async (kind) => {
      const swapping = await startSwapping(folder, `read-${kind}`, kind, swaps, 0.06);
      const read = createReadFile(testSettings);
      const seen = { inside: 0, refused: 0 };
      while (swapping.running()) {
        const { output } = await read.execute({ path: swapping.path }, testContext(folder.cwd));
        expect(output).not.toContain("SECRET");
        if (output === "PUBLIC\n") seen.inside += 1;
        else seen.refused += 1;
      }
      expect(await swapping.ended).toEqual([0, null]);
      expect(seen.inside).toBeGreaterThan(3);
      expect(seen.refused).toBeGreaterThan(3);
    },
    600_000,
  );

  const writes = kinds.flatMap((kind) => [["write_file", kind] as const, ["edit_file", kind] as const]);
  it.each(writes)(
    "%s by a swapped %s never touches anything outside",
    async (name, kind) => {
      const swapping = await startSwapping(folder, `${name}-${kind}`, kind, swaps, 0.4);
      const { path, outside } = swapping;
      const write = createWriteFile(testSettings, testWriter());
      const edit = createEditFile(testSettings, testWriter());
      const context = testContext(folder.cwd);
      const call = async (n: number) =>
        name === "write_file"
          ? await write.execute({ path, content: `PUBLIC ${n}\n` }, context)
          : await edit.execute({ path, oldText: "PUBLIC", newText: "PUBLIC." }, context);
      const seen = { written: 0, refused: 0 };
      for (let n = 0; swapping.running(); n++) {
        if ((await call(n)).isError) seen.refused += 1;
        else seen.written += 1;
        if (n % 50 === 0) expect(await readdir(outside)).toEqual(["file"]);
      }
      expect(await swapping.ended).toEqual([0, null]);
      expect(await readdir(outside)).toEqual(["file"]);
      expect(await readFile(`${outside}/file`, "utf8")).toBe("SECRET\n");
      const left = await readdir(folder.cwd, { recursive: true });
      expect(left.filter((entry) => entry.includes(".tmp"))).toEqual([]);
      expect(seen.refused).toBeGreaterThan(3);
      // An edit is based on what it read: the swapped file is seldom the same for so long.
      if (name === "write_file") expect(seen.written).toBeGreaterThan(3);
      expect((await call(0)).isError).toBeUndefined();
    },
    600_000,
  );
});
